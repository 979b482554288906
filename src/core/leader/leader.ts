/**
 * A node that leads an epoch: it gives every append the next offset, decides what goes into the next batch, commits,
 * and answers.
 *
 * Other files decide what goes into a batch (batch-builder.ts), what is committed (epoch-commits.ts), what each node holds
 * (followers.ts), what each request waits for (waiting-appends.ts, removals.ts, read-index.ts), who joins (member-changes.ts).
 *
 * Invariants: a batch counts on a node only when it is durable there, also on the leader. One batch is being written at a time,
 * and no other node sees it before the leader's disk had room for it.
 */

import { AgeingLog } from './ageing-log.ts';
import type { AppendQueue } from './append-queue.ts';
import { assert } from '../model/assert.ts';
import { hearAcceptor } from './acceptor-messages.ts';
import { buildBatch, noRoom } from './batch-builder.ts';
import type { AppendRefusal } from './batch-builder.ts';
import type { BatchDraft } from '../model/batch.ts';
import type { ReplicaEvent } from '../model/events.ts';
import type { WonElection, RoleChange } from '../model/role-change.ts';
import { Decisions } from './decisions.ts';
import { EpochCommits } from './epoch-commits.ts';
import { Followers } from './followers.ts';
import { areTooManyStoragesLost } from './lost-storages.ts';
import { Succession } from './succession.ts';
import type { LeadersLog } from './succession.ts';
import { Fitness } from './fitness.ts';
import { Heartbeats } from './heartbeats.ts';
import type { LogDates } from './log-dates.ts';
import { assertMemberList, majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import { MemberChanges } from './member-changes.ts';
import type { AcceptorMessage } from '../model/messages.ts';
import type { NodeContext } from '../node/context.ts';
import { batchNumber, instantMs, offset } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, Offset, RequestId } from '../model/numbers.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { quorumEnd } from '../members/quorum.ts';
import { ReadIndex } from './read-index.ts';
import { Removals } from './removals.ts';
import { WaitingAppends } from './waiting-appends.ts';

/** When this much is waiting, it becomes a batch without waiting for the flush of the batch before. */
const ownBatchBytes = 8 * 1024;

/** What an operator can ask of the leader, each confirmed by a majority before the answer. */
type LeaderRequest = Extract<ReplicaEvent, { kind: 'removalRequested' | 'trimRequested' | 'retentionRequested' }>;

/** A batch that carries no messages. */
const noEntries = { entryCount: 0, control: undefined, keys: [], requestIds: [] } as const;

export class Leader {
  readonly epoch: Epoch;
  readonly followers: Followers;
  readonly succession: Succession;
  readonly #context: NodeContext;
  readonly #queue: AppendQueue;
  readonly #dates: LogDates;
  readonly #age: AgeingLog;
  readonly #takesAppendsAt: InstantMs;
  readonly #commits: EpochCommits;
  readonly #waiting: WaitingAppends;
  readonly #reads: ReadIndex;
  readonly #removals: Removals;
  readonly #memberChanges: MemberChanges;
  readonly decisions: Decisions;
  readonly heartbeats: Heartbeats;
  readonly #fitness: Fitness;
  /** The batch between its decision and the report that there was room for it. */
  #writing: BatchDraft | undefined;
  /** Bytes of messages that were given a place since the last tick. */
  #appendedBytes = 0;

  constructor(parts: {
    readonly context: NodeContext;
    readonly peers: Peers;
    readonly queue: AppendQueue;
    readonly dates: LogDates;
    readonly beginning: WonElection;
  }) {
    const { context, peers, queue, dates, beginning } = parts;
    const { outline, now, options, out } = context;
    this.#context = context;
    this.#queue = queue;
    this.epoch = beginning.epoch;
    const markerNumber = outline.end.number;
    this.#commits = new EpochCommits(outline, markerNumber);
    this.#takesAppendsAt = beginning.isFoundedAlone ? instantMs(now + options.listeningMs) : now;
    this.#reads = new ReadIndex(out, this.epoch);
    this.#removals = new Removals(context);
    this.#memberChanges = new MemberChanges(context);
    this.#waiting = new WaitingAppends(out, { markerNumber, acknowledgedEnd: outline.end.offset });
    this.followers = new Followers({ context, peers, epoch: this.epoch });
    this.decisions = new Decisions(context, { followers: this.followers, dates });
    this.heartbeats = new Heartbeats(context, this.followers);
    this.#fitness = new Fitness(context);
    this.succession = new Succession({ context, epoch: this.epoch, followers: this.followers, log: () => this.#log() });
    out.emit('info', 'epoch.began', { epoch: this.epoch, logEnd: outline.end.offset });
    const firstList = beginning.firstList?.(markerNumber);
    this.#dates = dates;
    this.#age = new AgeingLog(outline.lastAge, now);
    dates.beginEpoch(this.followers.clocks(firstList));
    this.#write({ isMarker: true, memberList: firstList, ...noEntries });
    for (const peer of peers) if (peer.hello !== undefined) this.followers.greeted(peer);
  }

  /** How far a default read sees. */
  get acknowledgedEnd(): Offset {
    return offset(Math.min(this.#waiting.acknowledgedEnd, this.#context.outline.durable.offset));
  }

  get isMarkerCommitted(): boolean {
    return this.#commits.isMarkerCommitted;
  }

  /** The member list in force is committed. */
  get isListCommitted(): boolean {
    return this.isMarkerCommitted && this.#context.outline.listNumber < this.#commits.end;
  }

  /**
   * Whether queued appends get a place as soon as the disk is free. A cluster whose first batch only its founder holds takes
   * none: with a message in it, it could not yield to another cluster that was founded at the same time.
   */
  get takesAppends(): boolean {
    const isFounded = this.#commits.markerNumber > 0 || this.isMarkerCommitted;
    return (
      isFounded && this.#context.now >= this.#takesAppendsAt && this.#context.isListed && !this.isSuspended && !this.succession.isUnderWay
    );
  }

  /** It was elected, and no majority has answered for so long that another node may soon be elected: it takes no appends. */
  get isSuspended(): boolean {
    return this.heartbeats.isSuspended;
  }

  get waiting(): Pick<WaitingAppends, 'length' | 'byteCount'> {
    return this.#waiting;
  }

  get #list(): MemberList {
    const { list } = this.#context.outline;
    assert(list !== undefined, 'a leader has a member list');
    return list;
  }

  received(peer: Peer, message: AcceptorMessage): void {
    if (message.epoch !== this.epoch) return;
    const parts = { followers: this.followers, heartbeats: this.heartbeats, reads: this.#reads, succession: this.succession };
    if (hearAcceptor(peer, { message, now: this.#context.now, ...parts })) this.#advance();
  }

  written(end: BatchNumber): void {
    const writing = this.#writing;
    if (writing === undefined || end <= writing.number) return;
    this.#writing = undefined;
    this.followers.feedUpTo(batchNumber(writing.number + 1));
  }

  /** There was no room for this batch. No other node has seen it, so its number and offsets are free again. */
  writeRefused(number: BatchNumber): RoleChange | undefined {
    const writing = this.#writing;
    assert(writing?.number === number, 'only the batch in writing can be refused');
    this.#writing = undefined;
    this.#commits.lastRefused();
    this.decisions.refused(number);
    for (const { requestId } of this.#waiting.takeRefused(number)) this.#refuse(noRoom(requestId, this.#context.room.short));
    return writing.isMarker ? { kind: 'markerRefused' } : undefined;
  }

  flushed(): void {
    this.#advance();
  }

  /** @param may - `mayJudge`: all input has been read, so a node that seems silent really was; `mayCampaign`: it may seek to lead */
  tick(may: { readonly mayJudge: boolean; readonly mayCampaign: boolean }): RoleChange | undefined {
    const { now } = this.#context;
    this.followers.health.judge();
    this.followers.grantCatchUpBudget(this.#appendedBytes);
    this.#appendedBytes = 0;
    this.#waiting.expire(now, this.followers.holding(this.#commits.end));
    this.#answerWaiting();
    this.#reads.expire(now);
    this.#removals.expire(now, { list: this.#list, followers: this.followers });
    this.decisions.tick(this.isMarkerCommitted, this.#list);
    this.#changeList();
    this.#decide();
    this.#fitness.tick();
    this.succession.tick(this.#removals.isOwnWanted || this.#fitness.isShort);
    this.heartbeats.tick();
    const why = this.heartbeats.whyOver ?? this.#fitness.whyOver;
    if (why !== undefined) return { kind: 'resigned', why };
    // Nothing can be committed in this epoch any more, but another campaign may get further.
    if (may.mayCampaign && areTooManyStoragesLost(this.#context, this.#list, this.followers)) return { kind: 'storagesLost' };
    if (may.mayJudge && this.followers.isShutOut) return { kind: 'epochOver', heard: this.epoch, leader: undefined };
    return undefined;
  }

  /** The last step before the decisions are handed to the driver, so that what came in one turn goes into one batch. */
  decideBatch(): void {
    this.#fill();
    const { committedEnd: end, controls } = this.#context.outline;
    const range = { firstOffset: controls.firstOffset, end };
    if (this.isMarkerCommitted && this.#reads.assignIndex(range, this.followers.heartbeatSequence + 1)) this.heartbeats.send();
    this.#reads.answerConfirmed(this.followers.confirmedSequence);
  }

  requestRead(requestId: RequestId, timeoutMs: number): void {
    this.#reads.add(requestId, instantMs(this.#context.now + timeoutMs));
  }

  /** Takes the reads of this node's own clients. Other nodes ask the next leader again for theirs. */
  takeReads(): { readonly requestId: RequestId; readonly deadline: InstantMs }[] {
    return this.#reads.takeRequests();
  }

  /** An operator asks for a change of the members or of what the log keeps. */
  request(asked: LeaderRequest): void {
    const deadline = instantMs(this.#context.now + asked.timeoutMs);
    if (asked.kind === 'removalRequested') this.#removals.request({ ...asked, deadline }, { list: this.#list, followers: this.followers });
    else this.decisions.request({ ...asked, deadline }, this.#list);
    this.#changeList();
    this.#decide();
  }

  abandon(requestId: RequestId): void {
    // If the entry is committed already, readers may see it now that no client waits for more.
    if (this.#waiting.abandon(requestId)) this.#answerWaiting();
  }

  /** The epoch is over, or the node stops: answers every waiting request with what is known of it. */
  end(code: ProblemCode): void {
    this.#writing = undefined;
    this.#waiting.failAll(code, this.followers.holding(this.#commits.end));
    this.#reads.failAll('no-leader');
    this.#removals.failAll();
    this.decisions.failAll();
  }

  /** Commits and answers what the last report allows. */
  #advance(): void {
    this.#answerWaiting();
    this.#changeList();
    this.decisions.confirm();
    this.#decide();
    this.succession.advance();
  }

  /** Commits first: an append answered with the acks of a majority is committed, even if its list has only just come into force. */
  #answerWaiting(): void {
    const ends = this.followers.holders().map((holder) => holder.durableEnd);
    const isFirst = !this.isMarkerCommitted;
    if (this.#commits.heldByMajority(quorumEnd(majorityOf(this.#list.members.length), ends))) this.#committed(isFirst);
    this.#waiting.answerMet(this.followers.holding(this.#commits.end));
  }

  #committed(isFirst: boolean): void {
    const { outline, out } = this.#context;
    if (isFirst) out.emit('info', 'epoch.confirmed', { epoch: this.epoch, committedEnd: outline.committedEnd });
    if (this.isListCommitted) this.#removals.confirm(this.#list);
    this.heartbeats.soon();
  }

  /**
   * Decides on the next batch of entries once the one before it is flushed, so that what waited meanwhile goes together. If
   * enough is waiting to be worth a batch of its own, it does not wait for that flush: the next one covers it.
   */
  #fill(): void {
    const { outline, options, out, room, forwards } = this.#context;
    if (this.#queue.length === 0) return;
    if (!this.followers.health.hasQuorum) return this.#refuseAll();
    const isLargeEnough = outline.isDurable || this.#queue.byteCount >= ownBatchBytes;
    if (this.#writing !== undefined || !isLargeEnough || !this.takesAppends) return;
    const { length: memberCount } = this.#list.members;
    const appends = this.#queue.takeUpTo(room.short === undefined ? options.batchBytesMax : Number.POSITIVE_INFINITY);
    const aboveCount = this.#waiting.countAbove(memberCount);
    const batch = buildBatch(appends, { outline, forwards, epoch: this.epoch, memberCount, aboveCount, lacking: room.short });
    for (const refusal of batch.refusals) this.#refuse(refusal);
    for (const requestId of batch.retries) out.letGo(requestId);
    for (const append of batch.waiting) this.#waiting.add(append);
    this.#appendedBytes += batch.byteCount;
    const { entryCount, keys, requestIds, picks } = batch;
    if (requestIds.length === 0) this.#answerWaiting();
    else this.#write({ ...noEntries, isMarker: false, memberList: undefined, entryCount, keys, requestIds, picks });
  }

  #refuse({ requestId, code, detail, facts }: AppendRefusal): void {
    this.#context.out.fail(requestId, code, detail, facts);
  }

  #refuseAll(): void {
    const { unhealthy: waitingFor } = this.followers.health;
    const detail = `too few members are healthy; missing: ${waitingFor.join(', ')}`;
    for (const { requestId } of this.#queue.takeAll()) this.#context.out.fail(requestId, 'no-quorum', detail, { waitingFor });
  }

  #write(content: Pick<BatchDraft, 'isMarker' | 'memberList' | 'control' | 'entryCount' | 'keys' | 'requestIds' | 'picks'>): void {
    const { outline, out, now } = this.#context;
    assert(this.#writing === undefined, 'one batch is being written at a time');
    const { isMarker, memberList, control, entryCount, keys, requestIds, picks } = content;
    if (memberList !== undefined) assertMemberList(memberList);
    const draft: BatchDraft = {
      epoch: this.epoch,
      number: outline.end.number,
      baseOffset: outline.end.offset,
      entryCount,
      timestamp: this.#dates.next(),
      age: this.#age.at(now),
      committedEnd: outline.committedEnd,
      isMarker,
      memberList,
      control,
      keys,
      requestIds,
      picks,
    };
    outline.append(draft);
    this.#commits.decided(outline.end);
    this.#writing = draft;
    out.log({ kind: 'write', draft });
  }

  /** One change of members at a time: each waits until the one before it and the epoch's marker are committed. */
  #changeList(): void {
    const { out, room } = this.#context;
    if (!this.isListCommitted || this.#writing !== undefined || room.lacking !== undefined || this.succession.isUnderWay) return;
    const change = this.#memberChanges.next({ list: this.#list, followers: this.followers, removals: this.#removals.ids });
    if (change === undefined) return;
    out.emit('info', `member.${change.what}`, { member: change.id, members: change.list.members.map((member) => member.id) });
    this.#write({ isMarker: false, memberList: change.list, ...noEntries });
    if (change.what === 'removed') this.followers.refuseNamed(change.id);
  }

  /** Writes the next decision about the log, once the marker is committed and the disk is free. */
  #decide(): void {
    if (!this.isMarkerCommitted || this.#writing !== undefined || this.succession.isUnderWay) return;
    const control = this.decisions.next(this.#list, this.#context.outline.end.number);
    if (control !== undefined) this.#write({ ...noEntries, isMarker: false, memberList: undefined, control });
  }

  #log(): LeadersLog {
    const { outline } = this.#context;
    const isDurable = outline.isDurable && this.#writing === undefined;
    const isQuiet = this.#waiting.length === 0 && this.#removals.ids.length === 0;
    return { list: this.#list, isMarkerCommitted: this.isMarkerCommitted, end: outline.end.number, isDurable, isQuiet };
  }
}
