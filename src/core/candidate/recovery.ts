/**
 * Brings a candidate's log up to the most advanced one among those that promised its epoch: decides which node it fetches
 * from, and which ones it leaves out because they do not send their log. The fetch itself is in log-fetch.ts.
 *
 * Invariants: there is one fetch at a time. If it breaks off, the promise of its source is removed from the ballot, because
 * this log does not reach as far as the source's.
 */

import type { CheckpointPart, FetchChunkEnd, Fetched, FetchMatch } from '../model/messages.ts';
import type { BatchNumber, Epoch, InstantMs, Offset } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { Ballot, RecoveredCluster } from './ballot.ts';
import { LogFetch } from './log-fetch.ts';

/** `complete`: no node that promised is ahead of this node's log. */
export type RecoveryStep = 'complete' | 'fetching' | Extract<RecoveredCluster, { undecided: string }>;

export class Recovery {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  readonly #ballot: Ballot;
  /** Sources that did not send their log: their promises do not count in this campaign. */
  readonly #leftOut = new Set<Peer>();
  #leftOutAt: InstantMs | undefined;
  #fetch: LogFetch | undefined;

  constructor(context: NodeContext, peers: Peers, ballot: Ballot) {
    this.#context = context;
    this.#peers = peers;
    this.#ballot = ballot;
  }

  /** Whether this node is copying the log of a node that is ahead. */
  get isFetching(): boolean {
    return this.#fetch !== undefined;
  }

  /** How long the source of a fetch has owed an answer and been silent. */
  get sourceSilentMs(): number {
    return this.#fetch?.silentMs ?? 0;
  }

  /** The nodes that remain may be too few without those left out; another campaign asks these again. */
  get isOutOfSources(): boolean {
    const { now, options } = this.#context;
    return this.#leftOutAt !== undefined && now - this.#leftOutAt >= options.health.unhealthyAfterMs && this.#fetch === undefined;
  }

  /** Whether a campaign that began at `since` has exceeded `limitMs`, and no log is coming in. */
  isLate(since: InstantMs | undefined, limitMs: number): boolean {
    const isProgressing = this.isFetching && this.sourceSilentMs < limitMs / 2;
    return !isProgressing && since !== undefined && this.#context.now - since >= limitMs;
  }

  isLeftOut(peer: Peer): boolean {
    return this.#leftOut.has(peer);
  }

  /** A campaign begins: every node may be a source again. */
  startAnew(): void {
    this.#leftOut.clear();
    this.#leftOutAt = undefined;
  }

  /** The campaign is over. */
  end(why: string): void {
    this.breakOff(why);
    this.#leftOutAt = undefined;
  }

  /** A source that answers but does not send its log may have a disk that hangs. The other nodes may be enough. */
  leaveSilentSourceOut(): void {
    const { elections, health } = this.#context.options;
    if (this.#fetch === undefined || this.sourceSilentMs < (elections?.timeoutMs ?? health.unhealthyAfterMs)) return;
    this.#leftOut.add(this.#fetch.peer);
    this.#leftOutAt = this.#context.now;
    this.breakOff('the source is silent');
  }

  breakOff(why: string): void {
    if (this.#fetch === undefined) return;
    this.#context.out.emit('warn', 'recovery.broken-off', { why, logEnd: this.#context.outline.end.offset });
    // What came so far is a valid log, but the source is still ahead of it, so this node cannot lead with it yet.
    this.#ballot.remove(this.#fetch.peer);
    this.#fetch = undefined;
  }

  lost(peer: Peer, why = 'the source was lost'): void {
    if (this.#fetch?.peer === peer) this.breakOff(why);
  }

  /** Its log and this node's cannot both be right: people must look into it. */
  refuse(peer: Peer, reason: string): void {
    this.#ballot.remove(peer);
    this.#peers.refuse(peer, { code: 'diverged', reason });
    this.lost(peer);
  }

  /** Part of a message came in from this peer. */
  heardBytes(peer: Peer): void {
    if (this.#fetch?.peer === peer) this.#fetch.heard();
  }

  received(peer: Peer, message: FetchMatch | Fetched | FetchChunkEnd | CheckpointPart): void {
    if (this.#fetch?.peer === peer) this.#fetch.received(message);
  }

  written(end: BatchNumber): void {
    this.#fetch?.written(end);
  }

  logCut(cutId: number): void {
    this.#fetch?.logCut(cutId);
  }

  checkpointReceived(fetchId: number, position: number): void {
    this.#fetch?.checkpointReceived(fetchId, position);
  }

  checkpointInstalled(cutId: number, isDone: boolean): void {
    this.#fetch?.checkpointInstalled(cutId, isDone);
  }

  located(locateId: number, offset: Offset | undefined): void {
    this.#fetch?.located(locateId, offset);
  }

  /** @returns whether no fetch is in progress now */
  advance(): boolean {
    if (this.#fetch === undefined) return true;
    this.#fetch.advance();
    const { peer, isRefused, isComplete } = this.#fetch;
    if (!isRefused && !isComplete) return false;
    this.#fetch = undefined;
    if (isRefused) this.refuse(peer, 'its log and this one contradict each other');
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
