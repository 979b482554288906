/**
 * Who answers at an address that is another's: two nodes behind one address, a node where a member is expected, or a program
 * that is none of ours. Nothing is decided by it, and whoever is left out would never know why: so it is said, once each.
 */

import type { NodeContext } from './context.ts';
import type { NodeId } from '../model/numbers.ts';
import type { Peer } from './peers.ts';

/** Of one address so many things are said: who claims it is told by whoever asks. */
const toldMax = 8;
/** A node that is just starting, or ending, may refuse a stream or two. */
const refusalsBefore = 3;

export class WhoAnswers {
  readonly #context: NodeContext;
  readonly #told = new WeakMap<Peer, Set<string>>();

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** The list may have another node there. */
  greeted(peer: Peer): void {
    const { outline, out, options } = this.#context;
    const found = peer.hello?.id;
    const member = outline.list?.members.find(({ url, storageId }) => url === peer.url && storageId !== null);
    if (found === undefined || member === undefined || member.id === found || member.id === options.id) return;
    if (this.#isNews(peer, `${member.id} ${found}`)) out.emit('error', 'address.of-another', { url: peer.url, member: member.id, found });
  }

  /** Two of the addresses that the operator named lead to one node: it counts once, and a member is waited for in vain. */
  twins({ dropped, kept }: { readonly dropped: Peer; readonly kept: Peer }): void {
    const { options, out } = this.#context;
    const areNamed = [dropped, kept].every(({ url }) => options.secondaries.includes(url));
    if (!areNamed || !this.#isNews(dropped, kept.url)) return;
    out.emit('error', 'address.twice', { url: dropped.url, sameAs: kept.url, found: kept.hello?.id });
  }

  /** A node registers with an address that leads to another one, which is alive. @returns what it is told */
  contested(peer: Peer, { found, registering }: { readonly found: NodeId; readonly registering: NodeId }): string {
    if (this.#isNews(peer, registering)) {
      this.#context.out.emit('error', 'address.taken', { url: peer.url, found, registering });
    }
    return `${peer.url} leads to ${found}, and not to ${registering}`;
  }

  /** Somebody answers there, and not as a node does. */
  refused(peer: Peer, reason: string): void {
    if (peer.failures < refusalsBefore || !this.#isNews(peer, reason)) return;
    this.#context.out.emit('warn', 'address.of-no-node', { url: peer.url, reason });
  }

  #isNews(peer: Peer, what: string): boolean {
    const told = this.#told.get(peer) ?? new Set();
    if (told.has(what) || told.size >= toldMax) return false;
    this.#told.set(peer, told.add(what));
    return true;
  }
}
