/**
 * The role of this node: leader, candidate, or follower only. Candidate, leader and follower return what a step changes in who
 * leads, and the one switch that acts on it is here.
 *
 * Invariants: a node is never leader and candidate at the same time. Without elections, a node begins no candidacy unless the
 * coordinator or an operator has named it.
 */

import type { Admission, WhoLeads } from './admission.ts';
import { Candidate } from './candidate/candidate.ts';
import type { Election } from './election/election.ts';
import type { Follower } from './follower/follower.ts';
import { Leader } from './leader/leader.ts';
import type { LogDates } from './leader/log-dates.ts';
import { assert, unreachable } from './model/assert.ts';
import type { ReplicaEvent } from './model/events.ts';
import type { LeaderHint } from './model/messages.ts';
import { epoch, instantMs } from './model/numbers.ts';
import type { ClusterId, Epoch, NodeId, RequestId } from './model/numbers.ts';
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
  /** `undefined` if a coordinator names the leader. */
  readonly election: Election | undefined;
  /** Called when the leader refuses to hand over to this node. */
  readonly onKept: (why: string) => void;
}

export class Roles implements WhoLeads {
  readonly #parts: Parts;
  readonly #context: NodeContext;
  #candidate: Candidate | undefined;
  #leader: Leader | undefined;
  /** Whether the coordinator or an operator wants it to lead. */
  #isNamed = false;
  /** Whether the coordinator named it, not only an operator who promoted it. */
  #isNamedByCoordinator = false;
  /** Whether it has led since it was last named. */
  #hasLed = false;
  /** It was named, but yielded to another leader: it is next when that leader is gone. */
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

  /** The leader, which may be this node; `undefined` while it knows none. */
  get hint(): LeaderHint | undefined {
    const { options } = this.#context;
    if (this.#leader !== undefined) return { id: options.id, url: options.url, epoch: this.#leader.epoch };
    return this.#parts.follower.leader;
  }

  /** Whether appends are for this node. */
  get isSeekingOrLeading(): boolean {
    return this.#leader !== undefined || this.#candidate !== undefined;
  }

  /** This node, while it asks for promises. */
  get campaigner(): NodeId | undefined {
    return this.#candidate === undefined ? undefined : this.#context.options.id;
  }

  /** The leader of the higher epoch that deposed this node. */
  get deposedBy(): LeaderHint | undefined {
    return this.#deposedBy;
  }

  /** The coordinator names this node. */
  named(): void {
    if (this.#parts.election !== undefined) return;
    this.#isNamed = true;
    this.#isNamedByCoordinator = true;
    if (this.isSeekingOrLeading) return;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** The coordinator no longer names this node. A leader continues. */
  unnamed(): void {
    this.#isNamed = false;
    this.#isNamedByCoordinator = false;
    this.#isSuccessor = false;
    if (this.#candidate !== undefined) this.#stepDown('this node is not named to lead any more');
  }

  /** @param mayJudge - all input has been read, so a node that seems silent really was. @returns what the tick changes */
  tick(mayJudge: boolean): RoleChange | undefined {
    const change = this.#candidate?.tick(mayJudge) ?? this.#parts.election?.tick(mayJudge);
    this.act(this.#leader?.tick({ mayJudge, mayCampaign: this.#mayLead }));
    return change;
  }

  /**
   * Campaigns again once the leader that it yielded to is gone. Not without room: it could not ask for promises now, and by the
   * time that it has room the leader may be back.
   */
  succeedIfLeaderIsGone(): void {
    if (!this.#isSuccessor || this.#context.room.lacking !== undefined || !this.#parts.follower.isLeaderGone) return;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  act(change: RoleChange | undefined): void {
    if (change === undefined) return;
    switch (change.kind) {
      case 'pollWon':
        this.#candidate = new Candidate(this.#context, this.#parts.peers, { at: this.#context.now, heard: change.heard, isElected: true });
        this.act(this.#candidate.tick(true));
        break;
      case 'handedOver':
        this.#campaignNow();
        break;
      case 'handOverRefused':
        this.#parts.onKept(change.why);
        break;
      case 'turnGiven':
        this.#parts.election?.givenTurn();
        break;
      case 'campaignLost':
        this.#followOn(change.heard, 'the campaign was lost');
        break;
      case 'resigned':
        this.#resign(change.why);
        break;
      case 'elected':
        this.#beginEpoch(change.beginning);
        break;
      case 'markerRefused':
        if (this.#parts.election !== undefined) return this.#resign('there was no room for the first batch');
        this.leaveEpoch();
        this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
        this.#candidate?.writeRefused();
        break;
      case 'storagesLost':
        this.#campaignAnew('too many members lost their storage');
        break;
      case 'epochOver':
        if (this.#leader?.succession.isOffered === true) this.#handedOver(change.heard);
        else if (this.#parts.election !== undefined) this.#followOn(change.heard, 'a higher epoch was heard of');
        else if (change.leader === undefined) this.#campaignAbove(change.heard);
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
    this.#parts.election?.lost(peer);
    this.#leader?.followers.lost(peer);
    this.#candidate?.lost(peer);
  }

  get #mayLead(): boolean {
    return this.#isNamed || this.#parts.election !== undefined;
  }

  /** The disk had no room. */
  writeRefused({ number, bytes, lacks }: Extract<ReplicaEvent, { kind: 'writeRefused' }>): RoleChange | undefined {
    const { outline, room, now } = this.#context;
    const [leader, candidate] = [this.#leader, this.#candidate];
    const wasInLog = outline.rollBack(number);
    room.refused({ what: lacks, bytes, logEnd: outline.end.offset, now });
    if (leader !== undefined) return wasInLog ? leader.writeRefused(number) : undefined;
    // A candidate may follow a leader meanwhile. Then the batch without room may be one that the leader sent.
    if (wasInLog && candidate?.isFetching === true) candidate.writeRefused();
    if (candidate !== undefined) this.#parts.admission.failAllWithoutRoom();
    return undefined;
  }

  /** A read of this node's own client. The leader answers it, whether this node or another. */
  requestRead(requestId: RequestId, timeoutMs: number): void {
    if (this.#leader === undefined) this.#parts.follower.requestRead(requestId, timeoutMs);
    else this.#leader.requestRead(requestId, timeoutMs);
  }

  /** A new cluster from this node's log alone. The operator's decision names this node, even if the coordinator no longer does. */
  force(clusterId: ClusterId): void {
    this.#isNamed = this.#parts.election === undefined;
    this.#parts.election?.closePoll();
    this.leaveEpoch();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
    assert(this.#candidate !== undefined, 'a named node becomes a candidate');
    this.act(this.#candidate.force(clusterId));
  }

  /** This node is giving up its empty cluster for another one. */
  pause(): void {
    this.leaveEpoch();
    this.#candidate = undefined;
  }

  /** Campaigns again after `pause`, as a blank node. */
  startOver(): void {
    if (this.#parts.election !== undefined) return;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** Stops leading. Waiting appends are answered with what is known; waiting reads go on to wait for the next leader. */
  leaveEpoch(): void {
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
   * This node promised a higher epoch to another node. If that node leads, a node that has led steps down, and one that only
   * campaigned yields to it.
   */
  #onHigherPromise(promised: Epoch, leader: LeaderHint | undefined): void {
    if (this.#leader?.succession.isOffered === true) this.#handedOver(promised);
    else if (this.#parts.election !== undefined) this.#followOn(promised, 'another node leads or seeks to');
    else if (leader !== undefined && this.#hasLed) this.#depose(leader);
    else if (this.#leader !== undefined) this.#campaignAbove(promised);
    else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#yieldLeadership(leader);
    else this.#candidate?.onHigherPromise(promised);
  }

  /** It lost: it follows, and gives up the appends in its queue to the leader. It campaigns again once that leader is gone. */
  #yieldLeadership(to: LeaderHint): void {
    this.#context.out.emit('info', 'campaign.yielded', { to: to.id, epoch: to.epoch });
    this.#stepDown('another node leads');
    this.#isSuccessor = this.#isNamedByCoordinator;
  }

  /** Another node leads a higher epoch: this one steps down, and does not campaign until it is named again. */
  #depose(by: LeaderHint): void {
    if (!this.isSeekingOrLeading) return;
    this.#context.out.emit('error', 'leader.deposed', { by: by.id, url: by.url, epoch: by.epoch });
    this.#deposedBy = by;
    this.#stepDown('this node was deposed');
  }

  /** This node neither leads nor campaigns any more. Requests that waited for that are for another node. */
  #stepDown(why: string): void {
    this.leaveEpoch();
    this.#candidate = undefined;
    this.#parts.peers.closeAll();
    this.#parts.admission.failAllNotLeader(this.hint);
    this.#parts.registrations.failAll(why);
  }

  /** It heard of a higher promise: its epoch is over, and the next campaign goes above that promise. */
  #campaignAbove(heard: Epoch): void {
    if (this.#leader === undefined) return;
    const { out, options } = this.#context;
    out.emit('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.leaveEpoch();
    this.#startCandidacy({ afterMs: options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()), heard });
  }

  /** With elections: this node goes on as a follower, and holds a poll before it campaigns again. */
  #followOn(heard: Epoch, why: string): void {
    if (!this.isSeekingOrLeading) return;
    if (this.#leader !== undefined) this.#context.out.emit('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.#stepDown(why);
    this.#parts.election?.campaignLost(heard);
  }

  /** The heir has begun its campaign, so this leader steps down: that was decided, whatever a coordinator said. */
  #handedOver(promised: Epoch): void {
    this.#context.out.emit('info', 'leadership.handed-over', { epoch: this.#leader?.epoch, heard: promised });
    // If the heir does not come to lead, or is gone later, the node that the coordinator named is next.
    this.#isNamed = this.#isNamedByCoordinator;
    this.#stepDown('another node takes over');
    this.#isSuccessor = this.#isNamed;
    this.#parts.election?.campaignLost(promised);
  }

  /** An operator wants this node to lead, and it hears from no leader or is told not to ask one. */
  promoted(isForced: boolean): void {
    if (this.isSeekingOrLeading) return;
    if (isForced) this.#context.out.emit('warn', 'leadership.forced', { leader: this.hint?.id });
    if (isForced || this.#parts.election === undefined) this.#campaignNow();
    else this.#parts.election.givenTurn();
  }

  /** No promotion waits for this node to lead any more: unless a coordinator named it, it stops campaigning. */
  promotionOver(): void {
    if (this.#parts.election === undefined && !this.#isNamedByCoordinator && this.#leader === undefined) this.unnamed();
  }

  /** Campaigns without a poll, because the leader has agreed or an operator has decided so. */
  #campaignNow(): void {
    if (this.isSeekingOrLeading) return;
    this.#parts.election?.closePoll();
    this.#isNamed = this.#parts.election === undefined;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
    this.act(this.#candidate?.tick(true));
  }

  /** Tells the others that it no longer leads, and then waits, so that they elect another leader. */
  #resign(why: string): void {
    this.#context.out.emit('warn', 'epoch.resigned', { epoch: this.#leader?.epoch, why });
    this.#leader?.followers.resign();
    this.#stepDown(why);
    this.#parts.election?.resigned();
  }

  #campaignAnew(why: string): void {
    this.#context.out.emit('warn', 'epoch.given-up', { epoch: this.#leader?.epoch, why });
    this.leaveEpoch();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  #startCandidacy(start: { readonly afterMs: number; readonly heard: Epoch }): void {
    if (!this.#mayLead) return this.#stepDown('this node is not named to lead any more');
    this.#deposedBy = undefined;
    this.#isSuccessor = false;
    const at = instantMs(this.#context.now + start.afterMs);
    const isElected = this.#parts.election !== undefined;
    this.#candidate = new Candidate(this.#context, this.#parts.peers, { at, heard: start.heard, isElected });
    this.#parts.admission.failAllWithoutRoom();
  }
}
