/**
 * The promises that a candidate has collected in one campaign: pure. Each node counts once, however many addresses it was
 * reached at.
 *
 * What the candidate does with them (ask, fetch, lead, found) is in candidate.ts; how many are enough, in founding.ts.
 */

import type { Promiser } from '../members/founding.ts';
import type { Hello, PromiseGiven } from '../model/messages.ts';
import type { ClusterId } from '../model/numbers.ts';
import type { Peer } from '../node/peers.ts';
import { comparePlaces } from '../model/place.ts';
import type { Place } from '../model/place.ts';

/** What a ballot needs to know of a node that promised. */
export type PromisingPeer = Pick<Peer, 'url' | 'stream' | 'hello'>;

export interface GivenPromise<P extends PromisingPeer = Peer> extends Omit<Promiser, 'otherUrls'> {
  readonly peer: P;
  readonly promise: PromiseGiven;
}

/** The cluster whose log is recovered (`null` for none), or why that is still undecided. */
export type RecoveredCluster =
  | { readonly clusterId: ClusterId | null }
  | { readonly undecided: string; readonly facts: Readonly<Record<string, unknown>> };

export class Ballot<P extends PromisingPeer = Peer> {
  readonly #given = new Map<P, GivenPromise<P>>();

  clear(): void {
    this.#given.clear();
  }

  has(peer: P): boolean {
    return this.#given.has(peer);
  }

  promiseOf(peer: P): PromiseGiven | undefined {
    return this.#given.get(peer)?.promise;
  }

  count(peer: P, { id, storageId }: Pick<Hello, 'id' | 'storageId'>, promise: PromiseGiven): void {
    for (const other of this.#given.values()) {
      // If a node moved during the campaign, only its latest promise counts.
      const isMoved = other.storageId === storageId || (other.id === id && other.peer.stream === undefined);
      if (isMoved) this.#given.delete(other.peer);
    }
    this.#given.set(peer, { peer, promise, id, storageId, url: peer.url });
  }

  /** Its promise no longer counts. */
  remove(peer: P): void {
    this.#given.delete(peer);
  }

  /** Whether it promised with a log that goes beyond `tip`. */
  isAhead(peer: P, tip: Place): boolean {
    const promise = this.promiseOf(peer);
    return promise !== undefined && comparePlaces(promise.tip, tip) > 0;
  }

  /** The promise with the most advanced log of this cluster, if any node that can be reached has a log beyond `tip`. */
  mostAdvanced(clusterId: ClusterId, tip: Place): GivenPromise<P> | undefined {
    let ahead: GivenPromise<P> | undefined;
    for (const given of this.#given.values()) {
      if (given.promise.clusterId !== clusterId || given.peer.stream === undefined) continue;
      if (comparePlaces(given.promise.tip, ahead?.promise.tip ?? tip) > 0) ahead = given;
    }
    return ahead;
  }

  /**
   * The candidate's own cluster if it has a log. Otherwise the cluster of the nodes that have messages, once one of them has
   * promised; a cluster without messages yields to it.
   */
  clusterToRecover(own: ClusterId | null, peers: Iterable<PromisingPeer>): RecoveredCluster {
    if (own !== null) return { clusterId: own };
    const clusters = new Set<ClusterId>();
    for (const { hello } of peers) if (hello?.hasMessages === true && hello.clusterId !== null) clusters.add(hello.clusterId);
    if (clusters.size > 1) return { undecided: 'nodes of several clusters answer', facts: { clusters: [...clusters] } };
    const promised = [...this.#given.values()].flatMap(({ promise }) => promise.clusterId ?? []);
    const [withMessages] = clusters;
    if (withMessages === undefined) return { clusterId: promised[0] ?? null };
    if (promised.includes(withMessages)) return { clusterId: withMessages };
    return { undecided: 'a node that remembers has not promised yet', facts: {} };
  }

  /**
   * The promises that count for a candidate with this log. A node of another cluster that has no messages counts like a blank
   * node: it has nothing to lose, and gives that cluster up when it hears from a leader of this one.
   */
  counted({ clusterId, tip }: { readonly clusterId: ClusterId | null; readonly tip: Place }): GivenPromise<P>[] {
    return [...this.#given.values()].filter(({ peer, promise }) => {
      const isElsewhere = clusterId !== null && promise.clusterId !== null && promise.clusterId !== clusterId;
      if (isElsewhere) return peer.hello?.hasMessages === false;
      const isOfThisCluster = promise.clusterId === null || promise.clusterId === clusterId;
      return isOfThisCluster && comparePlaces(promise.tip, tip) <= 0;
    });
  }
}
