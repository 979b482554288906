/**
 * Which role this node has: it leads, it seeks to, or it does neither and only follows. Candidate, leader and follower
 * return what a step of theirs changes; here is the one switch that acts on it.
 *
 * Invariants: it never leads and seeks to at once; who is not named by the coordinator begins no candidacy.
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
  /** `undefined`: a coordinator names who leads. */
  readonly election: Election | undefined;
  /** The leader was asked to hand over to this node, and does not. */
  readonly onKept: (why: string) => void;
}

export class Roles implements WhoLeads {
  readonly #parts: Parts;
  readonly #context: NodeContext;
  #candidate: Candidate | undefined;
  #leader: Leader | undefined;
  /** Whether the coordinator would have it lead. */
  #isNamed = false;
  /** It was the coordinator that named it, and not an operator who had it promoted. */
  #isNamedByCoordinator = false;
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

  /** This node, while it asks for promises. */
  get campaigner(): NodeId | undefined {
    return this.#candidate === undefined ? undefined : this.#context.options.id;
  }

  /** Who led a higher epoch, and so ended this node's. */
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

  /** The coordinator no longer names this node. A node that leads goes on. */
  unnamed(): void {
    this.#isNamed = false;
    this.#isNamedByCoordinator = false;
    this.#isSuccessor = false;
    if (this.#candidate !== undefined) this.#stepDown('this node is not named to lead any more');
  }

  /** @param mayJudge - what others said was read: who was silent is known. @returns what the candidate's tick changes */
  tick(mayJudge: boolean): RoleChange | undefined {
    const change = this.#candidate?.tick(mayJudge) ?? this.#parts.election?.tick(mayJudge);
    this.act(this.#leader?.tick({ mayJudge, mayCampaign: this.#mayLead }));
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
    // A node that seeks to lead may follow another one meanwhile: then it is what that one sent that found no room.
    if (wasInLog && candidate?.isFetching === true) candidate.writeRefused();
    if (candidate !== undefined) this.#parts.admission.failAllWithoutRoom();
    return undefined;
  }

  /** A read of a client of this node: the leader answers it, this node or another. */
  requestRead(requestId: RequestId, timeoutMs: number): void {
    if (this.#leader === undefined) this.#parts.follower.requestRead(requestId, timeoutMs);
    else this.#leader.requestRead(requestId, timeoutMs);
  }

  /** A new cluster from this node's log alone. Whoever decided this named it, whatever the coordinator thinks of it by now. */
  force(clusterId: ClusterId): void {
    this.#isNamed = this.#parts.election === undefined;
    this.#parts.election?.closePoll();
    this.leaveEpoch();
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
    assert(this.#candidate !== undefined, 'who is named seeks to lead');
    this.act(this.#candidate.force(clusterId));
  }

  /** An empty cluster of its own is being given up for another one that this node met. */
  pause(): void {
    this.leaveEpoch();
    this.#candidate = undefined;
  }

  /** As a blank node, after `pause`. */
  startOver(): void {
    if (this.#parts.election !== undefined) return;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
  }

  /** Writers are told how it stands. Readers wait on, for whoever leads next. */
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
   * This node promised a higher epoch to another node. Who led and hears another one lead steps down; who campaigned and
   * hears that another one came to lead yields to it.
   */
  #onHigherPromise(promised: Epoch, leader: LeaderHint | undefined): void {
    if (this.#leader?.succession.isOffered === true) this.#handedOver(promised);
    else if (this.#parts.election !== undefined) this.#followOn(promised, 'another node leads or seeks to');
    else if (leader !== undefined && this.#hasLed) this.#depose(leader);
    else if (this.#leader !== undefined) this.#campaignAbove(promised);
    else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#yieldLeadership(leader);
    else this.#candidate?.onHigherPromise(promised);
  }

  /** It lost: it follows, and what waited in its queue is for who leads. It seeks to lead again once that one is gone. */
  #yieldLeadership(to: LeaderHint): void {
    this.#context.out.emit('info', 'campaign.yielded', { to: to.id, epoch: to.epoch });
    this.#stepDown('another node leads');
    this.#isSuccessor = this.#isNamedByCoordinator;
  }

  /** Another node leads a higher epoch: this one steps down, and stays down until a coordinator names it again. */
  #depose(by: LeaderHint): void {
    if (!this.isSeekingOrLeading) return;
    this.#context.out.emit('error', 'leader.deposed', { by: by.id, url: by.url, epoch: by.epoch });
    this.#deposedBy = by;
    this.#stepDown('this node was deposed');
  }

  /** Neither leads nor seeks to any more; what waited for that is for another node. */
  #stepDown(why: string): void {
    this.leaveEpoch();
    this.#candidate = undefined;
    this.#parts.peers.closeAll();
    this.#parts.admission.failAllNotLeader(this.hint);
    this.#parts.registrations.failAll(why);
  }

  /** A higher promise was heard of: the epoch is over, and the next campaign goes above it. */
  #campaignAbove(heard: Epoch): void {
    if (this.#leader === undefined) return;
    const { out, options } = this.#context;
    out.emit('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.leaveEpoch();
    this.#startCandidacy({ afterMs: options.heartbeatIntervalMs * (0.5 + 1.5 * options.random()), heard });
  }

  /** Of nodes that elect: it follows whoever leads, and holds a poll before it seeks to lead again. */
  #followOn(heard: Epoch, why: string): void {
    if (!this.isSeekingOrLeading) return;
    if (this.#leader !== undefined) this.#context.out.emit('warn', 'epoch.ended', { epoch: this.#leader.epoch, heard });
    this.#stepDown(why);
    this.#parts.election?.campaignLost(heard);
  }

  /** The heir campaigns. Whatever a coordinator said, somebody decided that it leads now. */
  #handedOver(promised: Epoch): void {
    this.#context.out.emit('info', 'leadership.handed-over', { epoch: this.#leader?.epoch, heard: promised });
    // If that one does not come to lead, or is gone one day, whom the coordinator named is next.
    this.#isNamed = this.#isNamedByCoordinator;
    this.#stepDown('another node takes over');
    this.#isSuccessor = this.#isNamed;
    this.#parts.election?.campaignLost(promised);
  }

  /** An operator would have this node lead, and it hears from no leader, or is told not to ask. */
  promoted(isForced: boolean): void {
    if (this.isSeekingOrLeading) return;
    if (isForced) this.#context.out.emit('warn', 'leadership.forced', { leader: this.hint?.id });
    if (isForced || this.#parts.election === undefined) this.#campaignNow();
    else this.#parts.election.givenTurn();
  }

  /** Nobody waits any more for this node to lead: where no coordinator named it, it does not seek to. */
  promotionOver(): void {
    if (this.#parts.election === undefined && !this.#isNamedByCoordinator && this.#leader === undefined) this.unnamed();
  }

  /** Without a poll: whoever leads has agreed, or somebody has decided so. */
  #campaignNow(): void {
    if (this.isSeekingOrLeading) return;
    this.#parts.election?.closePoll();
    this.#isNamed = this.#parts.election === undefined;
    this.#hasLed = false;
    this.#startCandidacy({ afterMs: 0, heard: epoch(0) });
    this.act(this.#candidate?.tick(true));
  }

  /** The others are told, and left alone, so that they elect another leader. */
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
