/** How far behind each follower is: by what it acknowledged while it is fed, by its last known place while it is away. */

import type { InstantMs, Offset, StorageId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import { LastKnownPlace } from '../node/last-known-place.ts';
import type { Lag } from '../node/last-known-place.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { FollowerProgress } from './follower-progress.ts';

export class Lags {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #progress: ReadonlyMap<Peer, FollowerProgress>;
  /** Where the log ended when this was last checked, and when it was first seen to end there. */
  #growth: { readonly end: Offset; readonly grewAt: InstantMs };

  /** @param parts.progress - of the nodes that are fed */
  constructor(parts: { readonly context: NodeContext; readonly peers: Peers; readonly progress: ReadonlyMap<Peer, FollowerProgress> }) {
    this.#context = parts.context;
    this.#peers = parts.peers;
    this.#progress = parts.progress;
    this.#growth = { end: parts.context.outline.end.offset, grewAt: parts.context.now };
  }

  /** `undefined` for a node that was never heard with this storage. */
  of(peer: Peer | undefined, storage: StorageId | null): Lag | undefined {
    if (peer === undefined) return undefined;
    const progress = this.#progress.get(peer);
    if (progress?.durableEnd === undefined) {
      const { lastKnownPlace } = peer;
      return lastKnownPlace?.storageId === storage ? lastKnownPlace.lagBehind(this.#growth) : undefined;
    }
    const { now, outline } = this.#context;
    const durableEnd = progress.durableOffset;
    const lagEntries = Math.max(0, outline.end.offset - durableEnd);
    const since = progress.waitingSince ?? peer.lastHeard ?? now;
    return { durableEnd, lagEntries, lagMs: lagEntries === 0 ? 0 : Math.round(now - since) };
  }

  /** The peer is no longer fed: keeps how far it was. */
  keep(peer: Peer, progress: FollowerProgress): void {
    if (progress.durableEnd === undefined) return;
    const { storageId, durableOffset: durableEnd, waitingSince: lackingSince } = progress;
    peer.lastKnownPlace = new LastKnownPlace({ storageId, durableEnd, lackingSince });
    peer.lastKnownPlace.logEndsAt(this.#growth.end, this.#growth.grewAt);
  }

  /** The followers that are away lack what was added to the log since the last call. */
  logMayHaveGrown(): void {
    const { now, outline } = this.#context;
    const end = outline.end.offset;
    if (end === this.#growth.end) return;
    this.#growth = { end, grewAt: now };
    for (const peer of this.#peers) if (!this.#progress.has(peer)) peer.lastKnownPlace?.logEndsAt(end, now);
  }
}
