/**
 * Which role this node has: it leads, it seeks to, or it does neither and only follows. Candidate, leader and follower
 * return what a step of theirs changes; here is the one switch that acts on it.
 *
 * Invariants: it never leads and seeks to at once; who is not named by the coordinator begins no candidacy.
 */

import type { Admission, WhoLeads } from './admission.ts';
import { Candidate } from './candidate/candidate.ts';
import type { Follower } from './follower/follower.ts';
import { Leader } from './leader/leader.ts';
import type { LogDates } from './leader/log-dates.ts';
import { assert, unreachable } from './model/assert.ts';
import type { LeaderHint } from './model/messages.ts';
import { epoch, instantMs } from './model/numbers.ts';
import type { ClusterId, Epoch, RequestId } from './model/numbers.ts';
import type { WonElection, RoleChange } from './model/role-change.ts';
import type { NodeContext } from './node/context.ts';
import type { Peer, Peers } from './node/peers.ts';
import type { Registrations } from './node/registrations.ts';

interface Parts {
  readonly context: NodeContext;
  readonly peers: Peers;
  readonly admission: Admission;
  readonly registrations: Registrations;
  readonly follower: Follower;
  readonly dates: LogDates;
}

export class Roles implements WhoLeads {
  readonly #parts: Parts;
  readonly #context: NodeContext;
  #candidate: Candidate | undefined;
  #leader: Leader | undefined;
  /** Whether the coordinator would have it lead. */
  #isNamed = false;
  /** Since the coordinator named it last. */
  #hasLed = false;
  /** Named, and yielded to whoever came to lead: it is next when that one is gone. */
  #isSuccessor = false;
  #deposedBy: LeaderHint | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#context = parts.context;
  }

  get candidate(): Candidate | undefined {
    return this.#candidate;
  }

  get leader(): Leader | undefined {
    return this.#leader;
  }

  /** Who leads, this node included; `undefined` while it knows of nobody. */
  get hint(): LeaderHint | undefined {
    const { options } = this.#context;
    if (this.#leader !== undefined) return { id: options.id, url: options.url, epoch: this.#leader.epoch };
    return this.#parts.follower.leader;
  }

  /** Whether appends are for this node. */
  get isSeekingOrLeading(): boolean {
    return this.#leader !== undefined || this.#candidate !== undefined;
  }

  /** Who led a higher epoch, and so ended this node's. */
  get deposedBy(): LeaderHint | undefined {
    return this.#deposedBy;
  }

  /** The coordinator names this node. */
  named(): void {
    this.#isNamed = true;
    if (this.isSeekingOrLeading) return;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** The coordinator no longer names this node. A node that leads goes on. */
  unnamed(): void {
    this.#isNamed = false;
    this.#isSuccessor = false;
    if (this.#candidate !== undefined) this.#stepDown('this node is not named to lead any more');
  }

  /** @param mayJudge - what others said was read: who was silent is known. @returns what the candidate's tick changes */
  tick(mayJudge: boolean): RoleChange | undefined {
    const change = this.#candidate?.tick(mayJudge);
    this.act(this.#leader?.tick({ mayJudge, mayCampaign: this.#isNamed }));
    return change;
  }

  /**
   * Seeks to lead again once the one that it yielded to is gone. Without room it could not ask for promises, and would ask
   * for them when there is room again, of a leader that may be back by then.
   */
  succeedIfLeaderIsGone(): void {
    if (!this.#isSuccessor || this.#context.room.lacking !== undefined || !this.#parts.follower.isLeaderGone) return;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  act(change: RoleChange | undefined): void {
    if (change === undefined) return;
    switch (change.kind) {
      case 'elected':
        this.#beginEpoch(change.beginning);
        break;
      case 'markerRefused':
        this.endReign();
        this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
        this.#candidate?.writeRefused();
        break;
      case 'storagesLost':
        this.#campaignAnew('too many members lost their storage');
        break;
      case 'epochOver':
        if (change.leader === undefined) this.#endEpoch(change.heard);
        else this.#depose(change.leader);
        break;
      case 'promisedHigher':
        this.#onHigherPromise(change.epoch, change.leader);
        break;
      default:
        unreachable(change);
    }
  }

  lost(peer: Peer): void {
    this.#leader?.followers.lost(peer);
    this.#candidate?.lost(peer);
  }

  /** A read of a client of this node: the leader answers it, this node or another. */
  requestRead(requestId: RequestId, timeoutMs: number): void {
    if (this.#leader === undefined) this.#parts.follower.requestRead(requestId, timeoutMs);
    else this.#leader.requestRead(requestId, timeoutMs);
  }

  /** A new cluster from this node's log alone. Whoever decided this named it, whatever the coordinator thinks of it by now. */
  force(clusterId: ClusterId): void {
    this.#isNamed = true;
    this.endReign();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
    assert(this.#candidate !== undefined, 'who is named seeks to lead');
    this.act(this.#candidate.force(clusterId));
  }

  /** An empty cluster of its own is being given up for another one that this node met. */
  pause(): void {
    this.endReign();
    this.#candidate = undefined;
  }

  /** As a blank node, after `pause`. */
  startOver(): void {
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** Writers are told how it stands. Readers wait on, for whoever leads next. */
  endReign(): void {
    const { now } = this.#context;
    for (const { requestId, deadline } of this.#leader?.takeReads() ?? []) this.#parts.follower.requestRead(requestId, deadline - now);
    this.#leader?.end('epoch-ended');
    this.#leader = undefined;
  }

  #beginEpoch(beginning: WonElection): void {
    assert(this.#leader === undefined, 'a candidate does not lead');
    const { context, peers, admission, dates, follower } = this.#parts;
    this.#candidate = undefined;
    this.#hasLed = true;
    this.#leader = new Leader({ context, peers, queue: admission.queue, dates, beginning });
    for (const { requestId, deadline } of follower.takeReads()) this.requestRead(requestId, deadline - context.now);
  }

  /**
   * This node promised a higher epoch to another node. Who led and hears another one lead steps down; who campaigned and
   * hears that another one came to lead yields to it.
   */
  #onHigherPromise(promised: Epoch, leader: LeaderHint | undefined): void {
    if (leader !== undefined && this.#hasLed) this.#depose(leader);
    else if (this.#leader !== undefined) this.#endEpoch(promised);
    else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#yieldLeadership(leader);
    else this.#candidate?.onHigherPromise(promised);
  }

  /** It lost: it follows, and what waited in its line is for who leads. It seeks to lead again once that one is gone. */
  #yieldLeadership(to: LeaderHint): void {
    this.#context.out.note('info', 'campaign.yielded', { to: to.id, epoch: to.epoch });
    this.#stepDown('another node leads');
    this.#isSuccessor = true;
  }

  /** Another node leads a higher epoch: this one steps down, and stays down until a coordinator names it again. */
  #depose(by: LeaderHint): void {
    if (!this.isSeekingOrLeading) return;
    this.#context.out.note('error', 'leader.deposed', { by: by.id, url: by.url, epoch: by.epoch });
    this.#deposedBy = by;
    this.#stepDown('this node was deposed');
  }

  /** Neither leads nor seeks to any more; what waited for that is for another node. */
  #stepDown(why: string): void {
    this.endReign();
    this.#candidate = undefined;
    this.#parts.peers.closeAll();
    this.#parts.admission.failAllNotLeader(this.hint);
    this.#parts.registrations.failAll(why);
  }

  /** A higher promise was heard of: the epoch is over, and the next campaign goes above it. */
  #endEpoch(heard: Epoch): void {
    if (this.#leader === undefined) return;
    const { out, options } = this.#context;
    out.note('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.endReign();
    this.#startCandidacy({ afterMs: options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()), heard });
  }

  #campaignAnew(why: string): void {
    this.#context.out.note('warn', 'epoch.given-up', { epoch: this.#leader?.epoch, why });
    this.endReign();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  #startCandidacy(start: { readonly afterMs: number; readonly heard: Epoch }): void {
    if (!this.#isNamed) return this.#stepDown('this node is not named to lead any more');
    this.#deposedBy = undefined;
    this.#isSuccessor = false;
    const at = instantMs(this.#context.now + start.afterMs);
    this.#candidate = new Candidate(this.#context, this.#parts.peers, { at, heard: start.heard });
    this.#parts.admission.failAllWithoutRoom();
  }
}
