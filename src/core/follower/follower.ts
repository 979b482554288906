/**
 * What every node does for those who lead or seek to: it promises epochs, lends its log to a candidate, and follows a
 * leader: cuts what that leader does not have, stores what it sends, and acknowledges what is durable.
 *
 * Invariants: it takes and acknowledges nothing of an epoch below the one it promised, also not what it took before
 * and flushes later; it acknowledges only on the stream that it follows, and only after what was to be cut is cut; it
 * never cuts what it knows to be committed.
 */

import { assert, unreachable } from '../model/assert.ts';
import type { Batch } from '../model/batch.ts';
import { judgePoint } from '../log/agreed-place.ts';
import type { Judgement } from '../log/agreed-place.ts';
import { agreedPoint } from '../model/epoch-history.ts';
import type { Asked } from './follower-reads.ts';
import { isWithinReach } from '../model/foreign-epoch.ts';
import type {
  Fetch,
  FetchNext,
  Heartbeat,
  Hello,
  Lead,
  LeaderHint,
  Match,
  OpenerMessage,
  RefusalReason,
  Replicate,
} from '../model/messages.ts';
import { backoffMs } from '../node/context.ts';
import type { NodeContext } from '../node/context.ts';
import { instantMs, storageId } from '../model/numbers.ts';
import type { BatchNumber, Epoch, InstantMs, Offset, StreamId } from '../model/numbers.ts';
import { logStart } from '../model/place.ts';
import type { LogPoint } from '../model/place.ts';

const registrationBackoff = { baseMs: 50, capMs: 1000 };
/** Bytes of one chunk that is lent to a candidate. */
const lendBytes = 1024 * 1024;
/** Batches of which the checksum is kept, to tell a repeated batch from a wrong one. */
const checksumsKept = 1024;

interface Following {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  readonly leader: Hello;
  /**
   * `yielding`: an empty cluster of its own is being given up; `adopting`: the promise is being saved; `matching`: the
   * leader looks where the logs part; `locating`: the storage looks where that is here; `cutting`; `storing`: batches flow.
   */
  phase: 'yielding' | 'adopting' | 'matching' | 'locating' | 'cutting' | 'storing';
  readonly lead: Lead;
  /** What `yielding` or `cutting` waits for. */
  cutId: number | undefined;
  /** What `locating` waits for. */
  locating: { readonly id: number; readonly point: LogPoint } | undefined;
  isLost: boolean;
}

/** A promise that is decided and not yet on disk. */
interface PendingPromise {
  readonly stream: StreamId;
  readonly epoch: Epoch;
}

interface Lending {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  feedId: number;
}

export interface FollowerHooks {
  /** This node promised a higher epoch to somebody: its own epoch or campaign is over. */
  readonly outbid: (by: { readonly epoch: Epoch; readonly leader: LeaderHint | undefined }) => void;
  /** The leader says up to where a linearizable read must see. */
  readonly readAnswered: (readId: number, end: Offset) => void;
}

export class Follower {
  readonly #context: NodeContext;
  /** Streams that others opened, with what they said of themselves. */
  readonly #inbound = new Map<StreamId, Hello | undefined>();
  /** When each of them spoke last. */
  readonly #heardAt = new Map<StreamId, InstantMs>();
  readonly #hooks: FollowerHooks;
  #following: Following | undefined;
  #pendingPromises: PendingPromise[] = [];
  #pendingFetch: { readonly stream: StreamId; readonly fetch: Fetch } | undefined;
  #lending: Lending | undefined;
  #lastHeard: InstantMs | undefined;
  #isAcknowledgementDue = false;
  #checksums = new Map<BatchNumber, number>();
  #registrations = 0;
  #registerAt: InstantMs = instantMs(0);
  #feedIds = 0;
  #turnedAwayBy: string | undefined;

  constructor(context: NodeContext, hooks: FollowerHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  /** Who leads, if this node hears from it. */
  get leader(): LeaderHint | undefined {
    const following = this.#following;
    if (following === undefined || following.epoch !== this.#context.book.promisedEpoch || !this.isFed) return undefined;
    return { id: following.leader.id, url: following.leader.url, epoch: following.epoch };
  }

  /** The leader, while its stream is open. */
  get asked(): Asked | undefined {
    return this.#following?.isLost === false ? this.#following : undefined;
  }

  /** Whether a leader speaks to this node. */
  get isFed(): boolean {
    const { now, options } = this.#context;
    if (this.#following === undefined || this.#following.isLost || this.#lastHeard === undefined) return false;
    return now - this.#lastHeard < options.health.unhealthyAfterMs;
  }

  /** Whether the leader that it followed said nothing for so long that somebody else may have to lead. */
  get isLeaderGone(): boolean {
    const { now, options } = this.#context;
    return this.#lastHeard === undefined || now - this.#lastHeard >= options.health.unhealthyAfterMs;
  }

  accepted(stream: StreamId): void {
    this.#inbound.set(stream, undefined);
    this.#heardAt.set(stream, this.#context.now);
  }

  accepts(stream: StreamId): boolean {
    return this.#inbound.has(stream);
  }

  lost(stream: StreamId): void {
    this.#inbound.delete(stream);
    this.#heardAt.delete(stream);
    this.#pendingPromises = this.#pendingPromises.filter((pending) => pending.stream !== stream);
    if (this.#pendingFetch?.stream === stream) this.#pendingFetch = undefined;
    if (this.#lending?.stream === stream) this.#lending = undefined;
    if (this.#following?.stream !== stream) return;
    this.#following.isLost = true;
    this.#registerAt = instantMs(this.#context.now + this.#context.options.heartbeatIntervalMs * this.#context.options.random());
    this.#context.out.note('warn', 'leader.lost', { leader: this.#following.leader.id, epoch: this.#following.epoch });
  }

  received(stream: StreamId, message: OpenerMessage): void {
    this.#heardAt.set(stream, this.#context.now);
    if (message.kind === 'hello') return this.#greeted(stream, message);
    const peer = this.#inbound.get(stream);
    if (this.#isOutOfReach(message)) return this.#refuseLeap(stream, { epoch: message.epoch, peer });
    // Between two clusters there is nothing to promise and nothing to follow.
    if (peer === undefined || this.#context.isYielding) return this.#hangUp(stream);
    switch (message.kind) {
      case 'requestPromise':
        this.#promise(stream, { epoch: message.epoch, peer });
        break;
      case 'lead':
        this.#lead(stream, { lead: message, peer });
        break;
      case 'refuse':
        this.#turnedAway(peer, message.reason);
        break;
      case 'fetch':
        this.#lend(stream, { fetch: message, peer });
        break;
      case 'fetchNext':
        this.#lendNext(stream, message);
        break;
      case 'match':
      case 'replicate':
      case 'heartbeat':
      case 'readAnswer':
        if (this.#isOfLeader(stream, message.epoch)) this.#fromLeader(message);
        else if (this.#isOutbid(peer, message.epoch)) this.#refuse(stream, 'epoch');
        break;
      default:
        unreachable(message);
    }
  }

  /** Part of a message came in. */
  heardBytes(stream: StreamId): void {
    this.#heardAt.set(stream, this.#context.now);
    const following = this.#following;
    if (following !== undefined && this.#isOfLeader(stream, following.epoch)) this.#lastHeard = this.#context.now;
  }

  recordSaved(): void {
    const { book, out, outline } = this.#context;
    if (!book.isSaved) return;
    for (const { stream, epoch } of this.#pendingPromises) {
      // What it promised meanwhile to somebody else is above this.
      if (epoch !== book.promisedEpoch) this.#refuse(stream, 'epoch');
      else out.send(stream, { kind: 'promise', epoch, tip: outline.durableTip, clusterId: this.#context.clusterId });
    }
    this.#pendingPromises = [];
    const following = this.#following;
    if (following?.phase === 'adopting' && following.epoch === book.promisedEpoch) {
      following.phase = 'matching';
      out.send(following.stream, { kind: 'following', epoch: following.epoch, shape: outline.shape });
    }
  }

  flushed(): void {
    this.#isAcknowledgementDue = true;
    this.#startLending();
  }

  logCut(cutId: number): void {
    const following = this.#following;
    if (following?.cutId !== cutId) return;
    if (following.phase === 'cutting' && this.#isInForce(following)) this.#startStoring(following);
    else if (following.phase === 'yielding') this.#adoptAfterYield(following);
  }

  located(locateId: number, offset: Offset | undefined): void {
    const following = this.#following;
    if (following?.locating?.id !== locateId || following.phase !== 'locating') return;
    const { point } = following.locating;
    following.locating = undefined;
    // Meanwhile this node may have promised its log as it is to somebody else, or lead with it.
    if (following.isLost || !this.#isInForce(following)) return;
    this.#goOn(following, point, offset === undefined ? 'nowhere' : judgePoint(this.#context.outline, point, offset));
  }

  /** Starts over with the leader, which sends again from where this log ends. */
  roomFound(): void {
    if (this.#following !== undefined && !this.#following.isLost) this.#hangUp(this.#following.stream);
  }

  fed(stream: StreamId, feedId: number, end: BatchNumber): void {
    if (this.#lending?.stream !== stream || this.#lending.feedId !== feedId) return;
    this.#context.out.send(stream, { kind: 'fetchChunkEnd', epoch: this.#lending.epoch, end });
  }

  /** Asks the leader up to where a linearizable read must see. @returns whether it could be asked */
  askRead(readId: number): boolean {
    const following = this.#following;
    if (following === undefined || following.isLost || following.phase !== 'storing') return false;
    this.#context.out.send(following.stream, { kind: 'readRequest', epoch: following.epoch, readId });
    return true;
  }

  /** @param parts.mayJudge - what others said was read: who was silent is known */
  tick(parts: { readonly mayRegister: boolean; readonly mayJudge: boolean }): void {
    const { now, options, out } = this.#context;
    // Whoever leads or seeks to speaks all the time; the other end of a silent stream may long be gone.
    for (const [stream, heardAt] of this.#heardAt) {
      if (parts.mayJudge && now - heardAt >= 2 * options.health.unhealthyAfterMs) this.#hangUp(stream);
    }
    if (this.isFed) this.#registrations = 0;
    else if (parts.mayRegister && options.hasMasterUrl && now >= this.#registerAt) {
      out.register();
      this.#registerAt = instantMs(now + backoffMs(this.#registrations, registrationBackoff, options.random));
      this.#registrations += 1;
    }
  }

  /** Last before decisions are handed out: what was flushed in one turn is acknowledged once. */
  settle(): void {
    if (!this.#isAcknowledgementDue) return;
    this.#isAcknowledgementDue = false;
    const { book, out, outline } = this.#context;
    const following = this.#following;
    if (following?.phase !== 'storing' || following.isLost || following.epoch !== book.promisedEpoch || !book.isSaved) return;
    out.send(following.stream, {
      kind: 'acknowledge',
      epoch: following.epoch,
      tip: outline.durableTip,
      durableEnd: outline.durable.offset,
    });
  }

  #greeted(stream: StreamId, hello: Hello): void {
    // Once: who it is does not change while it speaks.
    if (this.#inbound.get(stream) !== undefined) return this.#hangUp(stream);
    this.#inbound.set(stream, hello);
    this.#context.out.send(stream, this.#context.hello());
  }

  #promise(stream: StreamId, { epoch, peer }: { readonly epoch: Epoch; readonly peer: Hello }): void {
    const { book, out } = this.#context;
    if (!book.canPromise(epoch, peer)) return this.#refuse(stream, 'epoch');
    if (!book.isPromisedTo(epoch, peer)) {
      out.note('info', 'epoch.promised', { epoch, to: peer.id });
      book.promise(epoch, peer);
      this.#hooks.outbid({ epoch, leader: undefined });
    }
    this.#pendingPromises = this.#pendingPromises.filter((pending) => pending.stream !== stream || pending.epoch !== epoch);
    this.#pendingPromises.push({ stream, epoch });
    this.recordSaved();
  }

  #lead(stream: StreamId, { lead, peer }: { readonly lead: Lead; readonly peer: Hello }): void {
    const { book, out, outline } = this.#context;
    if (lead.epoch < book.promisedEpoch || book.isPromisedToAnother(lead.epoch, peer, this.#context.options.id)) {
      return this.#refuse(stream, 'epoch');
    }
    const mine = this.#context.clusterId;
    const isOther = mine !== null && mine !== lead.clusterId;
    const isYielding = isOther && this.#mayYieldTo(lead.memberIds);
    if (isOther && !isYielding) return this.#refuse(stream, 'other-cluster');
    const before = this.#following;
    const isNews = before?.epoch !== lead.epoch || before.leader.incarnation !== peer.incarnation;
    if (lead.epoch > book.promisedEpoch) book.promise(lead.epoch, peer);
    this.#following = {
      stream,
      epoch: lead.epoch,
      leader: peer,
      phase: 'adopting',
      lead,
      cutId: undefined,
      locating: undefined,
      isLost: false,
    };
    this.#lastHeard = this.#context.now;
    this.#turnedAwayBy = undefined;
    this.#pendingFetch = undefined;
    this.#lending = undefined;
    // A leader speaks on its newest stream only; what the older one still brings counts for nothing.
    // A leader that leads no more is told so before.
    if (before !== undefined && before.stream !== stream && this.#inbound.has(before.stream)) {
      if (isNews) this.#refuse(before.stream, 'epoch');
      this.#hangUp(before.stream);
    }
    this.#hooks.outbid({ epoch: lead.epoch, leader: { id: peer.id, url: peer.url, epoch: lead.epoch } });
    if (isNews) out.note('info', 'leader.followed', { leader: peer.id, epoch: lead.epoch });
    if (isYielding) {
      this.#following.phase = 'yielding';
      this.#context.isYielding = true;
      out.note('warn', 'cluster.yielded', { from: mine, to: lead.clusterId });
      const cutId = outline.giveUp();
      this.#following.cutId = cutId;
      out.log({ kind: 'cut', cutId, point: logStart });
    } else {
      book.joinCluster(lead.clusterId);
      this.recordSaved();
    }
  }

  /** A cluster without a single message yields whole to one with memory that names its founder. */
  #mayYieldTo(memberIds: readonly string[]): boolean {
    const founder = this.#context.outline.list?.founder;
    return !this.#context.hasMessages && founder !== undefined && memberIds.includes(founder);
  }

  #adoptAfterYield(following: Following): void {
    const { book, options } = this.#context;
    this.#context.isYielding = false;
    book.renewStorage(storageId(options.drawId()));
    // Whoever has this stream knows a storage that is no more: start over, as the blank node that this now is.
    this.#hangUp(following.stream);
  }

  /** Said once: this node comes again and again, and so does the refusal. */
  #turnedAway(peer: Hello, reason: RefusalReason): void {
    const what = `${peer.id} ${reason}`;
    if (this.#turnedAwayBy === what) return;
    this.#turnedAwayBy = what;
    this.#context.out.note('error', 'membership.refused', { by: peer.id, reason, id: this.#context.options.id });
  }

  #isOfLeader(stream: StreamId, epoch: Epoch): boolean {
    const following = this.#following;
    return following?.stream === stream && following.epoch === epoch && this.#isInForce(following);
  }

  /** Not by its own campaign: what it said before that, as a leader, may have been held up on the way. */
  #isOutbid(peer: Hello, epoch: Epoch): boolean {
    const { book } = this.#context;
    return epoch < book.promisedEpoch && !book.isPromisedTo(book.promisedEpoch, peer);
  }

  /** Nothing was promised above it: what its leader says is done. */
  #isInForce(following: Following): boolean {
    return following.epoch === this.#context.book.promisedEpoch;
  }

  #fromLeader(message: Match | Replicate | Heartbeat | Extract<OpenerMessage, { kind: 'readAnswer' }>): void {
    const following = this.#following;
    if (following === undefined) return;
    this.#lastHeard = this.#context.now;
    switch (message.kind) {
      case 'match':
        this.#match(following, message);
        break;
      case 'replicate':
        if (following.phase === 'storing' && this.#context.room.lacking === undefined) this.#store(following, message.batch);
        break;
      case 'heartbeat':
        this.#heartbeat(following, message);
        break;
      case 'readAnswer':
        this.#hooks.readAnswered(message.readId, message.end);
        break;
      default:
        unreachable(message);
    }
  }

  #match(following: Following, { point }: Match): void {
    if (following.phase === 'matching') this.#goOn(following, point, judgePoint(this.#context.outline, point));
  }

  #goOn(following: Following, point: LogPoint, judgement: Judgement): void {
    const { outline, out } = this.#context;
    const leader = following.leader.id;
    switch (judgement) {
      case 'whole':
        this.#startStoring(following);
        break;
      case 'cut':
        this.#cut(following, point);
        break;
      case 'unsure':
        following.phase = 'locating';
        following.locating = { id: out.locate(point.number), point };
        break;
      case 'committed':
        out.note('error', 'log.diverged', { leader, agreedEnd: point.offset, committedEnd: outline.committedEnd });
        this.#refuse(following.stream, 'diverged');
        break;
      case 'nowhere':
        out.note('error', 'match.refused', { leader, point, logEnd: outline.end.offset });
        this.#hangUp(following.stream);
        break;
      default:
        unreachable(judgement);
    }
  }

  #cut(following: Following, point: LogPoint): void {
    const { outline, out } = this.#context;
    following.phase = 'cutting';
    const cutEntries = outline.end.offset - point.offset;
    const cutId = outline.cut(point);
    following.cutId = cutId;
    out.note('warn', 'log.cut', { leader: following.leader.id, epoch: following.epoch, end: point.offset, cutEntries });
    this.#checksums.clear();
    out.log({ kind: 'cut', cutId, point });
  }

  #startStoring(following: Following): void {
    assert(this.#context.book.record.clusterId === following.lead.clusterId, 'a batch is stored in the cluster of its leader');
    following.phase = 'storing';
    this.#isAcknowledgementDue = true;
    this.#context.out.note('info', 'follower.matched', { leader: following.leader.id, logEnd: this.#context.outline.end.offset });
  }

  #store(following: Following, batch: Batch): void {
    const { outline, out } = this.#context;
    if (batch.number < outline.end.number) return this.#repeated(following, batch);
    if (!outline.isNext(batch) || batch.epoch > following.epoch) return this.#hangUp(following.stream);
    outline.append(batch);
    outline.commit(batch.committedEnd);
    this.#checksums.set(batch.number, batch.checksum);
    if (this.#checksums.size > checksumsKept) this.#checksums.delete((batch.number - checksumsKept) as BatchNumber);
    out.log({ kind: 'store', batch });
  }

  /** The same batch once more is acknowledged and dropped; another one in its place is refused. */
  #repeated(following: Following, batch: Batch): void {
    const checksum = this.#checksums.get(batch.number);
    const isSame = this.#context.outline.epochAt(batch.number) === batch.epoch && (checksum === undefined || checksum === batch.checksum);
    if (isSame) this.#isAcknowledgementDue = true;
    else this.#hangUp(following.stream);
  }

  #heartbeat(following: Following, { sequence, committedEnd }: Heartbeat): void {
    // While the logs are not matched, what the leader has committed says nothing about what is here.
    if (following.phase === 'storing') this.#context.outline.commit(committedEnd);
    this.#context.out.send(following.stream, {
      kind: 'heartbeatAnswer',
      epoch: following.epoch,
      sequence,
      canStore: this.#context.room.lacking === undefined,
      // A leader of a version that told no clock knows the shorter answer only.
      wallClock: following.leader.wallClock === undefined ? undefined : this.#context.wallClock,
    });
  }

  /** Lends its log to a candidate that it promised this epoch: nothing below that epoch can change it meanwhile. */
  #lend(stream: StreamId, { fetch, peer }: { readonly fetch: Fetch; readonly peer: Hello }): void {
    if (!this.#context.book.isPromisedTo(fetch.epoch, peer)) return this.#refuse(stream, 'epoch');
    this.#pendingFetch = { stream, fetch };
    this.#startLending();
  }

  #startLending(): void {
    const pending = this.#pendingFetch;
    const { outline, out, book } = this.#context;
    if (pending === undefined || !outline.isDurable) return;
    this.#pendingFetch = undefined;
    const { stream, fetch } = pending;
    if (fetch.epoch !== book.promisedEpoch) return this.#refuse(stream, 'epoch');
    this.#lending = { stream, epoch: fetch.epoch, feedId: 0 };
    const point = agreedPoint(outline.shape, fetch.shape);
    out.send(stream, { kind: 'fetchMatch', epoch: fetch.epoch, point, end: outline.end });
  }

  #lendNext(stream: StreamId, { epoch, number }: FetchNext): void {
    const { outline, out, book } = this.#context;
    const lending = this.#lending;
    if (lending?.stream !== stream || epoch !== lending.epoch || epoch !== book.promisedEpoch) return this.#refuse(stream, 'epoch');
    if (number >= outline.end.number) return;
    this.#feedIds += 1;
    lending.feedId = this.#feedIds;
    out.feed({ stream, feedId: lending.feedId, from: number, end: outline.end.number, bytesMax: lendBytes, as: 'fetched', epoch });
  }

  #isOutOfReach({ kind, epoch }: OpenerMessage): boolean {
    return (kind === 'requestPromise' || kind === 'lead') && !isWithinReach(epoch, this.#context.book.promisedEpoch);
  }

  #refuseLeap(stream: StreamId, { epoch, peer }: { readonly epoch: Epoch; readonly peer: Hello | undefined }): void {
    const { book, out } = this.#context;
    out.note('warn', 'epoch.out-of-reach', { by: peer?.id, epoch, promised: book.promisedEpoch });
    this.#refuse(stream, 'epoch');
  }

  #refuse(stream: StreamId, reason: RefusalReason): void {
    const { book, out } = this.#context;
    out.send(stream, {
      kind: 'refuse',
      epoch: book.promisedEpoch,
      reason,
      leader: this.leader ?? null,
      clusterId: this.#context.clusterId,
    });
  }

  #hangUp(stream: StreamId): void {
    this.#context.out.close(stream);
    this.lost(stream);
  }
}
