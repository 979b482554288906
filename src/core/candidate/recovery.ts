/**
 * Brings a candidate's log up to the most advanced one among those that promised its epoch: from whom it fetches, and
 * which nodes are left out because they do not lend what they have. The fetch itself is in log-fetch.ts.
 *
 * Invariant: one fetch at a time; a fetch that breaks off takes its source's promise out of the ballot, since the log that
 * it left here is not yet one to lead with.
 */

import type { FetchChunkEnd, Fetched, FetchMatch } from '../model/messages.ts';
import type { BatchNumber, Epoch, InstantMs, Offset } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { Ballot, RecoveredCluster } from './ballot.ts';
import { LogFetch } from './log-fetch.ts';

/** `complete`: nobody that promised is ahead of this node's log. */
export type RecoveryStep = 'complete' | 'fetching' | Extract<RecoveredCluster, { undecided: string }>;

export class Recovery {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #ballot: Ballot;
  /** Sources that did not lend what they have: they count for nothing in this campaign. */
  readonly #leftOut = new Set<Peer>();
  #leftOutAt: InstantMs | undefined;
  #fetch: LogFetch | undefined;

  constructor(context: NodeContext, peers: Peers, ballot: Ballot) {
    this.#context = context;
    this.#peers = peers;
    this.#ballot = ballot;
  }

  /** What is being written comes from a node that is ahead. */
  get isFetching(): boolean {
    return this.#fetch !== undefined;
  }

  /** For how long the source of a fetch owes something and says nothing. */
  get sourceSilentMs(): number {
    return this.#fetch?.silentMs ?? 0;
  }

  /** Without those that were left out it may not be enough: then they are to be asked again, in another campaign. */
  get isOutOfSources(): boolean {
    const { now, options } = this.#context;
    return this.#leftOutAt !== undefined && now - this.#leftOutAt >= options.health.unhealthyAfterMs && this.#fetch === undefined;
  }

  /** Whether a campaign that began then takes longer than it may, and no log comes in from anybody. */
  isLate(since: InstantMs | undefined, limitMs: number): boolean {
    const isProgressing = this.isFetching && this.sourceSilentMs < limitMs / 2;
    return !isProgressing && since !== undefined && this.#context.now - since >= limitMs;
  }

  isLeftOut(peer: Peer): boolean {
    return this.#leftOut.has(peer);
  }

  /** A campaign begins: everybody may lend again. */
  startAnew(): void {
    this.#leftOut.clear();
    this.#leftOutAt = undefined;
  }

  /** The campaign is over. */
  end(why: string): void {
    this.breakOff(why);
    this.#leftOutAt = undefined;
  }

  /** A source that answers and does not lend: a disk that hangs. The others may suffice. */
  leaveSilentSourceOut(): void {
    const { elections, health } = this.#context.options;
    if (this.#fetch === undefined || this.sourceSilentMs < (elections?.timeoutMs ?? health.unhealthyAfterMs)) return;
    this.#leftOut.add(this.#fetch.peer);
    this.#leftOutAt = this.#context.now;
    this.breakOff('the source says nothing');
  }

  breakOff(why: string): void {
    if (this.#fetch === undefined) return;
    this.#context.out.emit('warn', 'recovery.broken-off', { why, logEnd: this.#context.outline.end.offset });
    // What came so far is a valid log, but not yet one to lead with: who is ahead still is.
    this.#ballot.remove(this.#fetch.peer);
    this.#fetch = undefined;
  }

  lost(peer: Peer, why = 'the source was lost'): void {
    if (this.#fetch?.peer === peer) this.breakOff(why);
  }

  /** Its log and this node's cannot both be right: one for people to look at. */
  refuse(peer: Peer, reason: string): void {
    this.#ballot.remove(peer);
    this.#peers.refuse(peer, { code: 'diverged', reason });
    this.lost(peer);
  }

  /** Part of a message came in from there. */
  heardBytes(peer: Peer): void {
    if (this.#fetch?.peer === peer) this.#fetch.heard();
  }

  received(peer: Peer, message: FetchMatch | Fetched | FetchChunkEnd): void {
    if (this.#fetch?.peer === peer) this.#fetch.received(message);
  }

  written(end: BatchNumber): void {
    this.#fetch?.written(end);
  }

  logCut(cutId: number): void {
    this.#fetch?.logCut(cutId);
  }

  located(locateId: number, offset: Offset | undefined): void {
    this.#fetch?.located(locateId, offset);
  }

  /** @returns whether no fetch is under way any more */
  advance(): boolean {
    if (this.#fetch === undefined) return true;
    this.#fetch.advance();
    const { peer, isRefused, isComplete } = this.#fetch;
    if (!isRefused && !isComplete) return false;
    this.#fetch = undefined;
    if (isRefused) this.refuse(peer, 'its log lacks what is committed here');
    else if (this.#ballot.isAhead(peer, this.#context.outline.tip)) {
      this.refuse(peer, 'its log ends before the place that it promised with');
    }
    return true;
  }

  /** Starts to fetch from the most advanced log among those that promised `epoch`, if it goes beyond this node's. */
  fetchFromAhead(epoch: Epoch): RecoveryStep {
    const { outline, promises, out, clusterId: own } = this.#context;
    const cluster = this.#ballot.clusterToRecover(own, this.#peers);
    if ('undecided' in cluster) return cluster;
    const { clusterId } = cluster;
    const ahead = clusterId === null ? undefined : this.#ballot.mostAdvanced(clusterId, outline.tip);
    if (ahead === undefined || clusterId === null) return 'complete';
    out.emit('info', 'recovery.started', { from: ahead.id, tip: ahead.promise.tip, ownTip: outline.tip });
    promises.joinCluster(clusterId);
    this.#fetch = new LogFetch(this.#context, ahead.peer, epoch);
    if (promises.isSaved) this.#fetch.advance();
    return 'fetching';
  }
}
