/**
 * A node that leads an epoch: it gives every append the next offset, decides what goes into the next batch, commits,
 * and answers.
 *
 * It leaves to others: what each node holds (followers.ts), who waits for what (waiting-appends.ts), which change of
 * members comes next (list-change.ts), linearizable reads (read-index.ts).
 *
 * Invariants: nobody counts before it is durable there, the leader too; an entry of an earlier epoch is committed only
 * by the marker behind it (dissertation, section 3.6.2); one batch is in writing at a time, and until the disk had
 * room for it nobody else has seen it.
 */

import { AgeingLog } from './ageing-log.ts';
import type { AppendQueue, QueuedAppend } from './append-queue.ts';
import { assert, unreachable } from '../model/assert.ts';
import type { AppendKey, BatchDraft, PlacedKey } from '../model/batch.ts';
import type { Beginning } from '../candidate/candidate.ts';
import { Followers } from './followers.ts';
import { areTooManyStoragesLost } from './lost-storages.ts';
import type { LogDates } from './log-dates.ts';
import { assertMemberList, findMember, majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import { nextListChange } from '../members/list-change.ts';
import type { AcceptorMessage } from '../model/messages.ts';
import type { NodeContext } from '../node/context.ts';
import { batchNumber, instantMs, offset } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, NodeId, Offset, RequestId } from '../model/numbers.ts';
import type { Peer, Peers } from '../node/peers.ts';
import type { LogPoint } from '../model/place.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { quorumEnd } from '../members/quorum.ts';
import { ReadsInDoubt } from './read-index.ts';
import type { ReadAsker } from './read-index.ts';
import { WaitingAppends, isAbove } from './waiting-appends.ts';
import type { Holding, WaitingAppend } from './waiting-appends.ts';

/** How soon followers that serve `committed` reads hear of a commit when nothing else is sent to them. */
const commitNewsMs = 20;
/** What waits is not made to wait for a flush any more when there is this much of it. */
const ownBatchBytes = 8 * 1024;
/** How long the leader keeps a follower's read in mind; the follower's own deadline answers its asker. */
const followerReadMs = 60_000;
/** Reads in doubt beyond which no follower's is taken. */
const readsMax = 100_000;
/** How many appends may wait for more nodes than there are members: each may do so for as long as it likes. */
const aboveMembersMax = 100;

interface BatchContent {
  readonly isMarker: boolean;
  readonly memberList: MemberList | undefined;
  readonly entryCount: number;
  readonly keys: readonly PlacedKey[];
  readonly requestIds: readonly RequestId[];
  /** Whose writers wait for this batch: those of `requestIds`, and retries of them. */
  readonly appends: readonly WaitingAppend[];
}

const noEntries = { entryCount: 0, keys: [], requestIds: [], appends: [] } as const;

interface Removal {
  readonly requestId: RequestId;
  readonly id: NodeId;
  readonly deadline: InstantMs;
}

export class Leader {
  readonly epoch: Epoch;
  readonly followers: Followers;
  readonly #context: NodeContext;
  readonly #queue: AppendQueue;
  readonly #dates: LogDates;
  readonly #age: AgeingLog;
  readonly #takesAppendsAt: InstantMs;
  readonly #markerNumber: BatchNumber;
  readonly #waiting: WaitingAppends;
  readonly #reads = new ReadsInDoubt();
  /** The batch between its decision and the report that there was room for it. */
  #writing: BatchDraft | undefined;
  /** One past each batch of this epoch that is not committed yet. */
  readonly #uncommitted: LogPoint[] = [];
  #committedNumberEnd = batchNumber(0);
  #removals: Removal[] = [];
  #nextHeartbeatAt: InstantMs;
  #isMarkerRefused = false;
  /** Bytes of messages that were given a place since the last tick. */
  #appendedBytes = 0;

  constructor(parts: {
    readonly context: NodeContext;
    readonly peers: Peers;
    readonly queue: AppendQueue;
    readonly dates: LogDates;
    readonly beginning: Beginning;
  }) {
    const { context, peers, queue, dates, beginning } = parts;
    const { outline, now, options, out } = context;
    this.#context = context;
    this.#queue = queue;
    this.epoch = beginning.epoch;
    this.#markerNumber = outline.end.number;
    this.#takesAppendsAt = beginning.isFoundedAlone ? instantMs(now + options.listeningMs) : now;
    this.#nextHeartbeatAt = now;
    this.#waiting = new WaitingAppends(out, { markerNumber: this.#markerNumber, acknowledgedEnd: outline.end.offset });
    this.followers = new Followers({ context, peers, epoch: this.epoch });
    out.note('info', 'epoch.began', { epoch: this.epoch, logEnd: outline.end.offset });
    const firstList = beginning.firstList?.(this.#markerNumber);
    this.#dates = dates;
    this.#age = new AgeingLog(outline.lastAge, now);
    dates.beginEpoch(this.followers.clocks(firstList));
    this.#write({ ...noEntries, isMarker: true, memberList: firstList });
    for (const peer of peers) if (peer.hello !== undefined) this.followers.greeted(peer);
  }

  /** Up to where a default read sees. */
  get acknowledgedEnd(): Offset {
    return offset(Math.min(this.#waiting.acknowledgedEnd, this.#context.outline.durable.offset));
  }

  get isMarkerCommitted(): boolean {
    return this.#committedNumberEnd > this.#markerNumber;
  }

  /** The list in force is there to stay. */
  get isListCommitted(): boolean {
    return this.isMarkerCommitted && this.#context.outline.listNumber < this.#committedNumberEnd;
  }

  /** The first batch of the epoch found no room: this node cannot lead. */
  get isMarkerRefused(): boolean {
    return this.#isMarkerRefused;
  }

  /** Nothing can be committed in this epoch any more; a campaign may find a way on. */
  get areTooManyStoragesLost(): boolean {
    return areTooManyStoragesLost(this.#context, this.#list, this.followers);
  }

  /**
   * Whether appends that wait get a place as soon as the disk is free. A cluster whose first batch is on its founder alone
   * may not come to be: once it has a message, it could not give way to another one that was founded at the same time.
   */
  get takesAppends(): boolean {
    const isFounded = this.#markerNumber > 0 || this.isMarkerCommitted;
    return isFounded && this.#context.now >= this.#takesAppendsAt && this.#context.isListed;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get #list(): MemberList {
    const { list } = this.#context.outline;
    assert(list !== undefined, 'a leader has a member list');
    return list;
  }

  received(peer: Peer, message: AcceptorMessage): void {
    if (message.epoch !== this.epoch) return;
    switch (message.kind) {
      case 'following':
        this.followers.following(peer, message);
        break;
      case 'acknowledge':
        if (this.followers.acknowledged(peer, message)) this.#advance();
        break;
      case 'heartbeatAnswer':
        this.followers.answered(peer, message);
        break;
      case 'readRequest':
        if (peer.stream === undefined || this.#reads.length >= readsMax) break;
        this.requestRead({ kind: 'follower', stream: peer.stream, readId: message.readId }, followerReadMs);
        break;
      case 'hello':
      case 'promise':
      case 'refuse':
      case 'fetchMatch':
      case 'fetched':
      case 'fetchChunkEnd':
        break; // Late answers to the candidate that this node was.
      default:
        unreachable(message);
    }
  }

  written(end: BatchNumber): void {
    const writing = this.#writing;
    if (writing === undefined || end <= writing.number) return;
    this.#writing = undefined;
    this.followers.feedUpTo(batchNumber(writing.number + 1));
  }

  /** No room: nobody has seen this batch, and its numbers are free again. */
  writeRefused(number: BatchNumber): void {
    const writing = this.#writing;
    assert(writing?.number === number, 'only the batch in writing can be refused');
    this.#writing = undefined;
    this.#uncommitted.pop();
    for (const { requestId } of this.#waiting.takeRefused(number)) this.#failNoRoom(requestId);
    if (writing.isMarker) this.#isMarkerRefused = true;
  }

  flushed(): void {
    this.#advance();
  }

  tick(): void {
    const { now, out } = this.#context;
    this.followers.judgeHealth();
    this.followers.pace(this.#appendedBytes);
    this.#appendedBytes = 0;
    this.#waiting.expire(now, this.#holding());
    this.#settleWaiting();
    for (const asker of this.#reads.takeExpired(now)) this.#failRead(asker, 'read-timeout');
    const late = this.#removals.filter((removal) => removal.deadline <= now);
    for (const { requestId, id } of late) out.fail(requestId, 'removal-timeout', `no majority confirmed yet that ${id} is out`);
    this.#removals = this.#removals.filter((removal) => removal.deadline > now);
    this.#changeList();
    if (now >= this.#nextHeartbeatAt) this.#heartbeat();
  }

  /** Last before decisions are handed out: what came in one turn goes into one batch. */
  settle(): void {
    this.#fill();
    const { outline } = this.#context;
    if (this.isMarkerCommitted && this.#reads.note(outline.committedEnd, this.followers.heartbeatSequence + 1)) this.#heartbeat();
    this.#answerReads();
  }

  requestRead(asker: ReadAsker, timeoutMs: number): void {
    this.#reads.add(asker, { now: this.#context.now, timeoutMs });
  }

  /** Reads of clients of this node. Other nodes ask the next leader anew for theirs. */
  takeReads(): { readonly requestId: RequestId; readonly deadline: InstantMs }[] {
    return this.#reads
      .takeAll()
      .flatMap(({ asker, deadline }) => (asker.kind === 'request' ? [{ requestId: asker.requestId, deadline }] : []));
  }

  requestRemoval(removal: { readonly requestId: RequestId; readonly id: NodeId; readonly timeoutMs: number }): void {
    const { out, options, now } = this.#context;
    const { requestId, id, timeoutMs } = removal;
    if (id === options.id) out.fail(requestId, 'leader-fixed', 'the leader cannot remove itself');
    else if (findMember(this.#list, id) !== undefined) {
      this.#removals.push({ requestId, id, deadline: instantMs(now + timeoutMs) });
      this.#changeList();
    } else if (this.followers.dismiss(id)) out.reply({ kind: 'removed', requestId });
    else out.fail(requestId, 'not-found', `${id} is not a member`);
  }

  /** @returns whether it waited here */
  abandon(requestId: RequestId): boolean {
    const isHere = this.#waiting.abandon(requestId);
    // What is committed already is shown, now that nobody waits for more.
    if (isHere) this.#settleWaiting();
    return isHere;
  }

  /** The epoch is over, or the node stops: answers everybody who waits, as honestly as can be. */
  end(code: ProblemCode): void {
    const { out } = this.#context;
    this.#writing = undefined;
    this.#waiting.failAll(code, this.#holding());
    for (const { asker } of this.#reads.takeAll()) this.#failRead(asker, 'no-leader');
    for (const { requestId, id } of this.#removals) {
      out.fail(requestId, 'removal-timeout', `the epoch ended before it was confirmed that ${id} is out`);
    }
    this.#removals = [];
  }

  /** Commits and answers what the last report allows. */
  #advance(): void {
    this.#settleWaiting();
    this.#changeList();
  }

  /** In this order: who hears of a majority's acks, also by a list that is in force since a moment ago, hears of a commit. */
  #settleWaiting(): void {
    const ends = this.followers.holders().map((holder) => holder.durableEnd);
    const held = quorumEnd(majorityOf(this.#list.members.length), ends);
    if (held > this.#markerNumber && held > this.#committedNumberEnd) this.#commit(held);
    this.#waiting.settle(this.#holding());
  }

  #commit(end: BatchNumber): void {
    const { outline, out, now } = this.#context;
    const isFirst = !this.isMarkerCommitted;
    this.#committedNumberEnd = end;
    let count = 0;
    for (const point of this.#uncommitted) {
      if (point.number > end) break;
      outline.commit(point.offset);
      count += 1;
    }
    this.#uncommitted.splice(0, count);
    outline.commitBatches(end);
    if (isFirst) out.note('info', 'epoch.confirmed', { epoch: this.epoch, committedEnd: outline.committedEnd });
    this.#removals = this.#removals.filter(({ requestId, id }) => {
      const isOut = findMember(this.#list, id) === undefined && outline.listNumber < end;
      if (isOut) out.reply({ kind: 'removed', requestId });
      return !isOut;
    });
    this.#nextHeartbeatAt = instantMs(Math.min(this.#nextHeartbeatAt, now + commitNewsMs));
  }

  /**
   * Decides on the next batch of entries once the one before it is flushed: what waited meanwhile goes together. What is
   * large enough to be worth a batch of its own does not wait: the next flush covers it.
   */
  #fill(): void {
    const { outline, options, out, room } = this.#context;
    if (this.#queue.length === 0) return;
    if (!this.followers.hasQuorum) return this.#refuseAll();
    const isWorthIt = outline.isDurable || this.#queue.byteCount >= ownBatchBytes;
    const isReady = this.#writing === undefined && isWorthIt && this.takesAppends;
    if (!isReady) return;
    const { number, offset: first } = outline.end;
    const appends: WaitingAppend[] = [];
    const requestIds: RequestId[] = [];
    const keys = new Map<string, PlacedKey>();
    let end = first;
    const { length: memberCount } = this.#list.members;
    let aboveCount = this.#waiting.countAbove(memberCount);
    const isRefusing = room.lacking !== undefined;
    for (const append of this.#queue.takeUpTo(isRefusing ? Number.POSITIVE_INFINITY : options.batchBytesMax)) {
      if (isAbove(append.concern.w, memberCount)) {
        if (aboveCount >= aboveMembersMax) {
          const detail = `${aboveCount} appends wait already for more nodes than the ${memberCount} members`;
          out.fail(append.requestId, 'overloaded', detail, { w: append.concern.w, members: memberCount });
          continue;
        }
        aboveCount += 1;
      }
      if (append.key !== undefined) {
        const retried = this.#findTwin(append, keys);
        if (retried === 'refused') continue;
        if (retried !== undefined) {
          const waiting = { ...waitingFor(append), ...retried };
          out.letGo(append.requestId);
          if (retried.number === number) appends.push(waiting);
          else this.#waiting.add(waiting);
          continue;
        }
      }
      if (isRefusing) {
        this.#failNoRoom(append.requestId);
        continue;
      }
      if (append.key !== undefined) keys.set(keyName(append.key), { ...append.key, offset: end });
      requestIds.push(append.requestId);
      this.#appendedBytes += append.byteCount;
      appends.push({ ...waitingFor(append), number, offset: end, epoch: this.epoch, entryCount: append.entryCount });
      end = offset(end + append.entryCount);
    }
    if (requestIds.length === 0) this.#settleWaiting();
    else this.#write({ isMarker: false, memberList: undefined, entryCount: end - first, keys: [...keys.values()], requestIds, appends });
  }

  /** Where an append with this key is already: in the log, or in the batch that is being put together. */
  #findTwin(
    append: QueuedAppend,
    keys: ReadonlyMap<string, PlacedKey>,
  ): Pick<WaitingAppend, 'offset' | 'number' | 'epoch' | 'entryCount'> | 'refused' | undefined {
    const { outline, out } = this.#context;
    const { key } = append;
    if (key === undefined) return undefined;
    const inBatch = keys.get(keyName(key));
    const inLog = inBatch === undefined ? outline.findKey(key) : undefined;
    const first = inBatch?.offset ?? inLog?.offset;
    if (first === undefined) return undefined;
    const isSameMessage = inBatch === undefined ? inLog?.isSameMessage === true : areEqual(inBatch.digest, key.digest);
    if (!isSameMessage) {
      out.fail(append.requestId, 'key-reused', `this key was used for another message, at offset ${first}`, { offset: first });
      return 'refused';
    }
    if (inLog !== undefined) return { ...inLog, epoch: outline.epochAt(inLog.number) };
    return { offset: first, number: outline.end.number, epoch: this.epoch, entryCount: key.entryCount };
  }

  #failNoRoom(requestId: RequestId): void {
    const { out, room } = this.#context;
    out.fail(requestId, 'no-room', `the leader has too little ${room.lacking}; nothing was stored`, { lacks: room.lacking });
  }

  #refuseAll(): void {
    const unhealthy = this.followers.unhealthy;
    for (const { requestId } of this.#queue.takeAll()) {
      this.#context.out.fail(requestId, 'no-quorum', `too few members are there: ${unhealthy.join(', ')} unhealthy`, {
        waitingFor: unhealthy,
      });
    }
  }

  #write(content: BatchContent): void {
    const { outline, out, now } = this.#context;
    assert(this.#writing === undefined, 'one batch is in writing at a time');
    const { isMarker, memberList, entryCount, keys, requestIds, appends } = content;
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
      keys,
      requestIds,
    };
    outline.append(draft);
    this.#uncommitted.push(outline.end);
    this.#writing = draft;
    for (const append of appends) this.#waiting.add(append);
    out.log({ kind: 'write', draft });
  }

  /** One change of members at a time, each after the one before it and the epoch's marker are committed. */
  #changeList(): void {
    const { outline, out, options, book, room } = this.#context;
    if (!this.isListCommitted || this.#writing !== undefined || room.lacking !== undefined) return;
    const change = nextListChange({
      list: this.#list,
      since: outline.end.number,
      self: { id: options.id, storageId: book.storageId, url: options.url, otherUrls: this.followers.ownOtherUrls },
      removals: this.#removals.map((removal) => removal.id),
      reached: [...this.followers.reached()],
    });
    if (change === undefined) return;
    out.note('info', `member.${change.what}`, { member: change.id, members: change.list.members.map((member) => member.id) });
    this.#write({ ...noEntries, isMarker: false, memberList: change.list });
    if (change.what === 'removed') this.followers.dismiss(change.id);
  }

  #holding(): Holding {
    const { outline } = this.#context;
    return {
      leaderDurableEnd: outline.durable.number,
      committedNumberEnd: this.#committedNumberEnd,
      committedEnd: outline.committedEnd,
      members: this.followers.holders(),
    };
  }

  #heartbeat(): void {
    const { outline, now, options } = this.#context;
    this.#nextHeartbeatAt = instantMs(now + options.heartbeatIntervalMs);
    this.followers.heartbeat(outline.committedEnd);
  }

  #answerReads(): void {
    const { out } = this.#context;
    for (const { asker, end } of this.#reads.takeConfirmed(this.followers.confirmedSequence)) {
      if (asker.kind === 'request') out.reply({ kind: 'readable', requestId: asker.requestId, end });
      else out.send(asker.stream, { kind: 'readAnswer', epoch: this.epoch, readId: asker.readId, end });
    }
  }

  #failRead(asker: ReadAsker, code: ProblemCode): void {
    if (asker.kind === 'request') this.#context.out.fail(asker.requestId, code, 'no majority confirmed that this node still leads');
  }
}

function waitingFor(append: QueuedAppend): Pick<WaitingAppend, 'requestId' | 'w' | 'deadline'> {
  return { requestId: append.requestId, w: append.concern.w, deadline: append.deadline };
}

/** A fingerprint as something that a map can look up. */
function keyName({ fingerprint }: AppendKey): string {
  return String.fromCharCode(...fingerprint);
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
