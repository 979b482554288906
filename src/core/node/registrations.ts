/** Registrations that wait until the node is reached at its address, or until a short time has passed. */

import type { Registration } from '../model/events.ts';
import { isMember } from '../model/members.ts';
import type { NodeContext } from './context.ts';
import { instantMs } from '../model/numbers.ts';
import type { InstantMs, NodeId, RequestId } from '../model/numbers.ts';
import type { Peer, Peers } from './peers.ts';
import type { WhoAnswers } from './who-answers.ts';

/** How long a registration waits for a better answer than "unreached". */
const answerWithinMs = 2000;

interface PendingRegistration {
  readonly requestId: RequestId;
  readonly url: string;
  /** The node that should be there; `undefined` if the registration did not name it. */
  readonly id: NodeId | undefined;
  readonly deadline: InstantMs;
}

export class Registrations {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #whoAnswers: WhoAnswers;
  readonly #isListCertain: () => boolean;
  #pending: PendingRegistration[] = [];

  /** @param parts.isListCertain - whether this node leads and the list in force is committed, so that it cannot be taken back */
  constructor(parts: {
    readonly context: NodeContext;
    readonly peers: Peers;
    readonly whoAnswers: WhoAnswers;
    readonly isListCertain: () => boolean;
  }) {
    this.#context = parts.context;
    this.#peers = parts.peers;
    this.#whoAnswers = parts.whoAnswers;
    this.#isListCertain = parts.isListCertain;
  }

  add(requestId: RequestId, where: { readonly url: string; readonly id: NodeId | undefined; readonly isByHand: boolean }): void {
    const { out, options } = this.#context;
    // This node registered with another one while there was no leader, came to lead, and got its own request back.
    if (where.url === options.url && where.id === options.id) {
      out.reply({ kind: 'registration', requestId, registration: { url: where.url, id: where.id, state: 'member' } });
      return;
    }
    const { joiningMax: max = Number.POSITIVE_INFINITY } = options;
    if (this.#peers.at(where.url) === undefined && this.#peers.registeredCount >= max) {
      const detail = `${max} nodes that are no members yet are dialed or fed already; those that are not reached are forgotten within a minute`;
      return out.fail(requestId, 'overloaded', detail, { limit: 'JOINING_MAX', max });
    }
    this.#peers.register(where.url, where.isByHand);
    this.#pending.push({ requestId, url: where.url, id: where.id, deadline: instantMs(this.#context.now + answerWithinMs) });
    this.settle();
  }

  /** Answers the registrations whose node was reached or refused, or was not found in time. */
  settle(): void {
    if (this.#pending.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !this.#answer(pending));
  }

  failAll(detail: string): void {
    for (const { requestId } of this.#pending) this.#context.out.fail(requestId, 'not-leader', detail);
    this.#pending = [];
  }

  #answer(pending: PendingRegistration): boolean {
    const { requestId, url, deadline } = pending;
    const { out, now } = this.#context;
    const at = this.#peers.at(url);
    const peer = at?.refusal?.code === 'same-node' ? this.#peers.at(at.refusal.reason) : at;
    const stranger = at === undefined ? undefined : this.#strangerAt(at, pending);
    if (at !== undefined && stranger !== undefined && pending.id !== undefined) {
      out.fail(requestId, 'address-taken', this.#whoAnswers.contested(at, { found: stranger, registering: pending.id }), {
        url,
        id: stranger,
      });
      return true;
    }
    if (peer?.hello !== undefined && (pending.id === undefined || peer.hello.id === pending.id)) {
      out.reply({ kind: 'registration', requestId, registration: this.#registrationOf(peer) });
      return true;
    }
    const refusal = peer?.refusal;
    if (refusal !== undefined && (refusal.code === 'id-taken' || refusal.code === 'other-cluster')) {
      out.fail(requestId, refusal.code, refusal.reason, { url });
      return true;
    }
    if (now < deadline) return false;
    out.reply({ kind: 'registration', requestId, registration: { url, id: null, state: 'unreached' } });
    return true;
  }

  /** A live node at this address other than the one that registers. It may be this node. */
  #strangerAt(at: Peer, { id }: PendingRegistration): NodeId | undefined {
    const { options, now } = this.#context;
    const isHere = at.refusal?.code === 'same-node' && at.refusal.reason === options.url;
    const peer = at.refusal?.code === 'same-node' ? this.#peers.at(at.refusal.reason) : at;
    const isAlive = peer?.lastHeard !== undefined && now - peer.lastHeard < options.health.suspectedAfterMs;
    const found = isHere ? options.id : isAlive ? peer.hello?.id : undefined;
    return found === id ? undefined : found;
  }

  #registrationOf(peer: Peer): Registration {
    const { list } = this.#context.outline;
    const { hello } = peer;
    if (hello === undefined) return { url: peer.url, id: null, state: 'unreached' };
    // An operator who takes a node back by hand relies on "member", so it must be final.
    const state = list !== undefined && isMember(list, hello) && this.#isListCertain() ? 'member' : 'joining';
    return { url: peer.url, id: hello.id, state };
  }
}
