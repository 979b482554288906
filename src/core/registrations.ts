/** Registrations that wait until the node was reached at its address, or for a while in vain. */

import type { Registration } from './events.ts';
import { isMember } from './members.ts';
import type { NodeContext } from './node.ts';
import { instantMs } from './numbers.ts';
import type { InstantMs, RequestId } from './numbers.ts';
import type { Peer, Peers } from './peers.ts';

/** How long a registration waits to be told more than "heard of". */
const answerWithinMs = 2000;

interface PendingRegistration {
  readonly requestId: RequestId;
  readonly url: string;
  readonly deadline: InstantMs;
}

export class Registrations {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  #pending: PendingRegistration[] = [];

  constructor(context: NodeContext, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
  }

  add(requestId: RequestId, where: { readonly url: string; readonly isByHand: boolean }): void {
    this.#peers.register(where.url, where.isByHand);
    this.#pending.push({ requestId, url: where.url, deadline: instantMs(this.#context.now + answerWithinMs) });
    this.settle();
  }

  /** Answers those whose node was reached, or turned away, or not found in time. */
  settle(): void {
    if (this.#pending.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !this.#answer(pending));
  }

  failAll(detail: string): void {
    for (const { requestId } of this.#pending) this.#context.out.fail(requestId, 'not-leader', detail);
    this.#pending = [];
  }

  #answer({ requestId, url, deadline }: PendingRegistration): boolean {
    const { out, now } = this.#context;
    const found = this.#peers.at(url);
    const peer = found?.refusal?.code === 'same-node' ? this.#peers.at(found.refusal.reason) : found;
    if (peer?.hello !== undefined) {
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

  #registrationOf(peer: Peer): Registration {
    const { list } = this.#context.outline;
    const { hello } = peer;
    if (hello === undefined) return { url: peer.url, id: null, state: 'unreached' };
    const state = list !== undefined && isMember(list, hello) ? 'member' : 'joining';
    return { url: peer.url, id: hello.id, state };
  }
}
