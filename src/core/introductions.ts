/**
 * What to do with a peer once it has said hello: it may be this node itself, a node already reached at another address, a node
 * of another cluster, or one to work with. Also what a peer's refusal means, and how this node gives up its own empty cluster
 * when it meets another one.
 */

import type { Election } from './election/election.ts';
import { refusedEpoch } from './leader/refused-epoch.ts';
import { unreachable } from './model/assert.ts';
import type { OtherCluster } from './model/events.ts';
import { electsLeaders } from './model/features.ts';
import type { Hello, Refuse } from './model/messages.ts';
import type { ClusterId, NodeId } from './model/numbers.ts';
import type { RoleChange } from './model/role-change.ts';
import type { NodeContext } from './node/context.ts';
import type { Peer, Peers } from './node/peers.ts';
import type { Registrations } from './node/registrations.ts';
import type { WhoAnswers } from './node/who-answers.ts';
import type { Yielding } from './node/yielding.ts';
import type { Roles } from './roles.ts';

interface Parts {
  readonly context: NodeContext;
  readonly peers: Peers;
  readonly roles: Roles;
  readonly election: Election | undefined;
  readonly yielding: Yielding;
  readonly whoAnswers: WhoAnswers;
  readonly registrations: Registrations;
}

export class Introductions {
  readonly #parts: Parts;
  readonly #loggedOtherClusters = new Set<string>();
  /** Nodes that use elections while this one does not, or the reverse. */
  readonly #loggedMixed = new Set<NodeId>();
  /** It found the cluster that it yields to by dialing: once its log is gone, it seeks to lead again, as a blank node. */
  #isStartingOver = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A peer said hello. */
  greeted(peer: Peer): RoleChange | undefined {
    const { context, election, peers, roles, yielding, whoAnswers, registrations } = this.#parts;
    const { hello } = peer;
    if (hello === undefined || this.#isMyself(peer) || this.#dropAlias(peer)) return undefined;
    const mine = context.clusterId;
    if (mine !== null && hello.clusterId !== null && hello.clusterId !== mine) {
      if (yielding.mayYieldTo(hello)) {
        this.#yieldTo(hello.clusterId, peer.url);
        return undefined;
      }
      if (hello.hasMessages) {
        peers.refuse(peer, { code: 'other-cluster', reason: this.#otherCluster(peer.url, hello.clusterId) });
        return undefined;
      }
      // Its cluster is empty: it yields to this one when it hears from the leader.
    }
    this.#compareCoordinators(hello);
    whoAnswers.greeted(peer);
    roles.candidate?.greeted(peer);
    roles.leader?.followers.greeted(peer);
    registrations.settle();
    return election?.greeted(peer);
  }

  /** The node refused the HTTP request for a stream. */
  dialRefused({ url, other, reason }: { readonly url: string; readonly other: OtherCluster | undefined; readonly reason: string }): void {
    const { peers, yielding, whoAnswers } = this.#parts;
    if (other === undefined) {
      const peer = peers.dialFailed(url, { code: 'unreachable', reason });
      if (peer !== undefined) whoAnswers.refused(peer, reason);
      return;
    }
    const isYielding = yielding.mayYieldTo(other);
    const conflict = isYielding ? 'this node gives up its empty cluster' : this.#otherCluster(url, other.clusterId);
    peers.dialFailed(url, { code: isYielding ? 'unreachable' : 'other-cluster', reason: conflict });
    if (isYielding) this.#yieldTo(other.clusterId, url);
  }

  /** A peer that has said hello refuses this node. */
  refused(peer: Peer, refusal: Refuse): RoleChange | undefined {
    const { context, peers, roles, yielding } = this.#parts;
    const { leader } = roles;
    switch (refusal.reason) {
      case 'epoch':
        return leader === undefined ? undefined : refusedEpoch({ context, peers, leader }, peer, refusal);
      case 'other-cluster':
        if (refusal.clusterId === null) break;
        // The peer said hello before this node had a cluster of its own.
        if (peer.hello !== undefined && yielding.mayYieldTo(peer.hello)) this.#yieldTo(refusal.clusterId, peer.url);
        else {
          peers.refuse(peer, { code: 'other-cluster', reason: this.#otherCluster(peer.url, refusal.clusterId) });
          roles.lost(peer);
        }
        break;
      case 'diverged':
        context.out.emit('error', 'follower.diverged', { follower: peer.hello?.id, url: peer.url });
        peers.refuse(peer, { code: 'diverged', reason: 'it would have to cut what it knows to be committed' });
        roles.lost(peer);
        break;
      case 'id-taken':
      case 'too-old':
      case 'removed':
        break; // Only leaders say so.
      default:
        unreachable(refusal.reason);
    }
    return undefined;
  }

  logCut(cutId: number): void {
    const { peers, roles, yielding } = this.#parts;
    if (!yielding.logCut(cutId) || !this.#isStartingOver) return;
    this.#isStartingOver = false;
    // The nodes that it was connected to are dialed again before it may found another cluster.
    for (const peer of peers) peers.register(peer.url, false);
    roles.startOver();
  }

  /** The operator may have listed this node's own address. */
  #isMyself(peer: Peer): boolean {
    const { context, peers } = this.#parts;
    const { options, out } = context;
    if (peer.hello?.incarnation !== options.incarnation) return false;
    out.emit('warn', 'peer.is-this-node', { url: peer.url, advertisedUrl: options.url });
    peers.refuse(peer, { code: 'same-node', reason: options.url });
    return true;
  }

  /** For one process at two addresses: keeps the one that the operator named. @returns whether `peer` was dropped */
  #dropAlias(peer: Peer): boolean {
    const { context, peers, roles, whoAnswers } = this.#parts;
    const other = peers.sameProcess(peer);
    if (other === undefined) return false;
    const named = new Set(context.options.secondaries);
    const dropped = named.has(peer.url) && !named.has(other.url) ? other : peer;
    const kept = dropped === peer ? other : peer;
    whoAnswers.twins({ dropped, kept });
    roles.lost(dropped);
    peers.refuse(dropped, { code: 'same-node', reason: kept.url });
    if (dropped.isByHand) kept.isByHand = true;
    return dropped === peer;
  }

  /** Logs once per node if only one of the two elects: a fixed master that comes back would depose an elected leader. */
  #compareCoordinators({ id, features }: Hello): void {
    const { options, out } = this.#parts.context;
    const elects = options.elections !== undefined;
    if (features === undefined || features.includes(electsLeaders) === elects) return void this.#loggedMixed.delete(id);
    if (this.#loggedMixed.has(id)) return;
    this.#loggedMixed.add(id);
    out.emit('warn', 'coordinator.mixed', { peer: id, elects: !elects, thisNodeElects: elects });
  }

  #yieldTo(clusterId: ClusterId, url: string): void {
    const { peers, roles, yielding } = this.#parts;
    roles.pause();
    for (const peer of [...peers]) peers.disconnect(peer);
    this.#isStartingOver = true;
    yielding.begin(clusterId, { url });
  }

  /** Logged once per address and cluster, at `error`, because an operator must decide. */
  #otherCluster(url: string, theirs: ClusterId): string {
    const { context } = this.#parts;
    const mine = context.clusterId;
    const reason = `the node at ${url} belongs to cluster ${theirs}, this one to ${mine ?? 'none yet'}`;
    if (!this.#loggedOtherClusters.has(reason)) {
      this.#loggedOtherClusters.add(reason);
      context.out.emit('error', 'cluster.other', { url, theirs, mine });
    }
    return reason;
  }
}
