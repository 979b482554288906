/**
 * Reports wrong addresses, once each: two nodes behind one address, another node where a member is expected, two addresses of
 * one node, or a program that is not a node. Nothing is decided here, but without it no operator would know why a node is
 * left out.
 */

import type { NodeContext } from './context.ts';
import type { NodeId } from '../model/numbers.ts';
import type { Peer } from './peers.ts';

/** How many different things are reported about one address: the names come from the nodes that register, and may be many. */
const toldMax = 8;
/** A node that is just starting or stopping may refuse a stream or two. */
const refusalsBefore = 3;

export class WhoAnswers {
  readonly #context: NodeContext;
  readonly #told = new WeakMap<Peer, Set<string>>();

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** A node was reached. The list may name another one at this address. */
  greeted(peer: Peer): void {
    const { outline, out, options } = this.#context;
    const found = peer.hello?.id;
    const member = outline.list?.members.find(({ url, storageId }) => url === peer.url && storageId !== null);
    if (found === undefined || member === undefined || member.id === found || member.id === options.id) return;
    if (this.#isNews(peer, `${member.id} ${found}`)) out.emit('error', 'address.of-another', { url: peer.url, member: member.id, found });
  }

  /** If the operator named both of these addresses of one node: the node counts once, and the other member will never come. */
  twins({ dropped, kept }: { readonly dropped: Peer; readonly kept: Peer }): void {
    const { options, out } = this.#context;
    const areNamed = [dropped, kept].every(({ url }) => options.secondaries.includes(url));
    if (!areNamed || !this.#isNews(dropped, kept.url)) return;
    out.emit('error', 'address.twice', { url: dropped.url, sameAs: kept.url, found: kept.hello?.id });
  }

  /** A node registers with an address that leads to another live node. @returns what it is told */
  contested(peer: Peer, { found, registering }: { readonly found: NodeId; readonly registering: NodeId }): string {
    if (this.#isNews(peer, registering)) {
      this.#context.out.emit('error', 'address.taken', { url: peer.url, found, registering });
    }
    return `${peer.url} leads to ${found}, and not to ${registering}`;
  }

  /** Something answers there, but not like a node. */
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
