/**
 * Carries out what the core decides, on the ports: hands log work to log-worker.ts and messages to peer-links.ts, and
 * answers. It decides nothing itself; whatever comes of the work goes back into the core as an event.
 *
 * Anything that makes the storage unreliable (a failed flush, a failed write that is not "no room") ends the node: the
 * `failed` promise rejects, and nothing is acknowledged after it.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch, BatchDraft } from '../core/model/batch.ts';
import type { SeenEntry } from '../core/model/epoch-history.ts';
import type { Acknowledgement, AppendRequest, Feed, Notice, Ready, Registration, ReplicaEvent, Reply } from '../core/model/events.ts';
import type { LeaderHint } from '../core/model/messages.ts';
import { batchNumber, requestId } from '../core/model/numbers.ts';
import type { ClusterId, NodeId, Offset, RequestId } from '../core/model/numbers.ts';
import type { Replica } from '../core/replica.ts';
import type { ReplicaStatus } from '../core/status.ts';
import type { W } from '../core/model/write-concern.ts';
import { LogWorker } from './log-worker.ts';
import type { StoreWork } from './log-worker.ts';
import { PeerLinks } from './peer-links.ts';
import { readPatiently } from './patient-read.ts';
import { Pending } from './slot-map.ts';
import type { Clock, Network, PeerStream } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { ProblemCode } from '../api/problems.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import type { EncodableAppend } from '../protocol/batch-codec.ts';
import type { PackedMessages } from '../protocol/packed-messages.ts';
import type { LogStore } from '../storage/log-store.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';

/** How often the core is told the time when nothing else happens. */
const tickMs = 20;
/** How long those who wait when the node is told to stop may still be answered. */
const stopGraceMs = 2000;
const stopped = { code: 'shutting-down', detail: 'this node is shutting down' } as const;

export type AppendResult = Omit<Extract<Reply, { kind: 'appended' }>, 'kind' | 'requestId'>;

/** An append that got its place in the log. */
export interface PlacedAppend {
  readonly offset: number;
  readonly entryCount: number;
  readonly w: W;
}

export interface AnsweredAppend {
  /** `undefined` if it got no place. */
  readonly offset: number | undefined;
  readonly entryCount: number;
  readonly w: W;
  readonly acks: number;
  /** Since it was asked for. */
  readonly ms: number;
  /** Of the problem; `undefined` if it was acknowledged. */
  readonly code: ProblemCode | undefined;
}

/** What happens, for logs and metrics. Nothing here may throw. */
export interface DriverObserver {
  readonly notice: (notice: Notice) => void;
  readonly placed: (placed: { readonly batch: Batch; readonly appends: readonly PlacedAppend[] }) => void;
  /** `end`: one past the last entry that is flushed now. */
  readonly flushed: (flush: { readonly end: Offset; readonly ms: number }) => void;
  readonly acknowledged: (acknowledgement: Acknowledgement) => void;
  readonly answered: (answer: AnsweredAppend) => void;
}

export interface DriverParts {
  readonly replica: Replica;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly network: Network;
  readonly observer: DriverObserver;
  /** Batches are held this long before they are stored. */
  readonly delayMs: number;
  readonly masterUrls: readonly string[];
  readonly self: { readonly id: NodeId; readonly url: string };
}

export type AppendReply = Extract<Reply, { kind: 'appended' | 'failed' }>;

/** @param unplaced - the messages, if they were given no place: nothing came of them */
export type AppendAnswered = (reply: AppendReply, unplaced: PackedMessages | undefined) => void;

interface PendingAppend {
  readonly kind: 'append';
  /** Let go once it is encoded, or found to be in the log already. */
  append: EncodableAppend | undefined;
  readonly entryCount: number;
  readonly w: W;
  readonly askedAt: number;
  readonly answered: AppendAnswered;
}

type PendingRequest = PendingAppend | { readonly kind: 'other'; readonly answered: (reply: Reply) => void };

export class Driver {
  readonly #parts: DriverParts;
  readonly #requests = new Pending<PendingRequest>();
  readonly #links: PeerLinks;
  readonly #log: LogWorker;
  readonly #watchers = new Set<() => void>();
  readonly #failed = Promise.withResolvers<never>();
  #isTurnScheduled = false;
  #isStopped = false;
  #stopTicking: (() => void) | undefined;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const { store, clock, network, observer, replica, delayMs, masterUrls, self } = parts;
    const report = (event: ReplicaEvent): void => this.#step(event);
    const isStopped = (): boolean => this.#isStopped;
    this.#log = new LogWorker({
      store,
      clock,
      report,
      isStopped,
      settle: () => this.#turn(),
      flushed: (ms) => observer.flushed({ end: this.durableEnd, ms }),
      cutWaits: ({ offset: end }, lacks) => observer.notice({ level: 'error', event: 'cut.waits-for-room', facts: { end, lacks } }),
      saveWaits: (lacks) => observer.notice({ level: 'error', event: 'state.waits-for-room', facts: { lacks } }),
      fail: (error) => this.#fail(error),
    });
    this.#links = new PeerLinks({
      clock,
      network,
      delayMs,
      masterUrls,
      self,
      report,
      isStopped,
      clusterId: () => replica.cluster?.clusterId ?? null,
      notice: (notice) => observer.notice(notice),
    });
    // A node that stops in good order never fails; nobody need listen.
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects when the node cannot go on: its storage is not to be relied on any more, or it found itself wrong. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  get visibleEnd(): Offset {
    return this.#parts.replica.visibleEnd;
  }

  get committedEnd(): Offset {
    return this.#parts.replica.committedEnd;
  }

  get durableEnd(): Offset {
    return this.#parts.replica.durableEnd;
  }

  get leader(): LeaderHint | undefined {
    return this.#parts.replica.leader;
  }

  /** Whether writes are for this node, and not to be forwarded. */
  get isSeekingOrLeading(): boolean {
    return this.#parts.replica.isSeekingOrLeading;
  }

  /** Grows whenever entries are cut: what was read before and after are parts of different histories. */
  get historyVersion(): number {
    return this.#log.cutCount;
  }

  /** How an entry that somebody saw, here or on another node, stands with this node's log. */
  standingOf(seen: SeenEntry): ReturnType<Replica['standingOf']> {
    return this.#parts.replica.standingOf(seen);
  }

  /** The same of one that a leader just acknowledged. */
  standingOfComing(seen: SeenEntry): ReturnType<Replica['standingOf']> {
    return this.#parts.replica.standingOfComing(seen);
  }

  get clusterId(): ClusterId | null {
    return this.#parts.replica.clusterId;
  }

  get isLeading(): boolean {
    return this.#parts.replica.isLeading;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get cluster(): ReturnType<() => Replica['cluster']> {
    return this.#parts.replica.cluster;
  }

  status(): ReplicaStatus {
    return this.#parts.replica.status();
  }

  /** Begins to tell the core the time. */
  start(): void {
    const tick = (): void => {
      if (this.#isStopped) return;
      this.#stopTicking = this.#parts.clock.after(tickMs, tick);
      this.#step({ kind: 'ticked', now: this.#parts.clock.now(), wallClock: this.#parts.clock.wallClock() });
      this.#log.idle();
    };
    tick();
  }

  offerLeadership(): void {
    this.#step({ kind: 'leadershipOffered' });
  }

  withdrawLeadership(): void {
    this.#step({ kind: 'leadershipWithdrawn' });
  }

  /**
   * Appends messages.
   * @param answered - called once, when their write concern is met or it is known that it will not be
   * @returns the request's id, for `abandon`
   */
  submit(
    { messages, key, concern }: EncodableAppend & { readonly concern: AppendRequest['concern'] },
    answered: AppendAnswered,
  ): RequestId {
    if (this.#isStopped) {
      answered({ kind: 'failed', requestId: requestId(0), ...stopped, facts: {}, placed: undefined }, messages);
      return requestId(0);
    }
    const askedAt = this.#parts.clock.now();
    const id = requestId(
      this.#requests.add({ kind: 'append', append: { messages, key }, entryCount: messages.count, w: concern.w, askedAt, answered }),
    );
    this.#step({ kind: 'appendRequested', requestId: id, entryCount: messages.count, byteCount: messages.bytes.length, concern, key });
    return id;
  }

  /**
   * Appends messages and waits for their write concern.
   * @param onId - told the request's id, for `abandon`
   * @throws LogError
   */
  append(append: Parameters<Driver['submit']>[0], onId?: (id: RequestId) => void): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const id = this.submit(append, (reply) => {
        if (reply.kind === 'failed') reject(new LogError(reply.code, reply.detail, reply.facts));
        else resolve(reply);
      });
      onId?.(id);
    });
  }

  /** The asker went away: what it appended stays, and nobody waits for it. */
  abandon(id: RequestId): void {
    if (this.#requests.take(id) !== undefined) this.#step({ kind: 'appendAbandoned', requestId: id });
  }

  /** Up to where a linearizable read must see. @throws LogError */
  async linearizableEnd(timeoutMs: number): Promise<Offset> {
    const reply = await this.#ask((id) => ({ kind: 'readRequested', requestId: id, timeoutMs }));
    assert(reply.kind === 'readable', 'a read is answered as one');
    return reply.end;
  }

  /** @throws LogError */
  async register(url: string, by: { readonly id: NodeId | undefined; readonly isByHand: boolean }): Promise<Registration> {
    const reply = await this.#ask((id) => ({ kind: 'registered', requestId: id, url, ...by }));
    assert(reply.kind === 'registration', 'a registration is answered as one');
    return reply.registration;
  }

  /** Resolves when a majority of the members that are left confirmed it. @throws LogError */
  async removeMember(member: NodeId, timeoutMs: number): Promise<void> {
    await this.#ask((id) => ({ kind: 'removalRequested', requestId: id, id: member, timeoutMs }));
  }

  /** @throws LogError */
  async forceNewCluster(): Promise<ClusterId> {
    const reply = await this.#ask((id) => ({ kind: 'newClusterForced', requestId: id }));
    assert(reply.kind === 'clusterForced', 'a forced cluster is answered as one');
    return reply.clusterId;
  }

  /** Batches from the one on that holds entry `from`; at once if they are in memory. Damage that is found ends the node. */
  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const { store, clock } = this.#parts;
    const read = store.readEntriesFrom(from, bytesMax);
    if (!(read instanceof Promise)) return read;
    return readPatiently(clock, read, () => store.readEntriesFrom(from, bytesMax)).catch((error: unknown) => {
      if (error instanceof StorageDamaged) this.#fail(error);
      throw error;
    });
  }

  /** Waits until `isMet`, which is looked at whenever something changed. @returns whether it was met in time */
  waitUntil(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        this.#watchers.delete(look);
        callOff();
        resolve(answer);
      };
      const look = (): void => {
        if (isMet()) end(true);
        else if (this.#isStopped) end(false);
      };
      const callOff = this.#parts.clock.after(timeoutMs, () => end(false));
      this.#watchers.add(look);
    });
  }

  /** Calls whenever something may have changed. @returns to be called when nobody looks any more */
  watch(look: () => void): () => void {
    this.#watchers.add(look);
    return () => void this.#watchers.delete(look);
  }

  /** Another node opened a stream. */
  accept(stream: PeerStream): void {
    this.#links.accept(stream);
  }

  /**
   * Takes no new appends, gives those that wait until `graceMs`, answers the rest honestly, and makes everything
   * durable.
   */
  async stop(graceMs = stopGraceMs): Promise<void> {
    if (this.#isStopped) return;
    this.#step({ kind: 'stopRequested' });
    await this.waitUntil(() => this.#parts.replica.waitingAppends === 0, graceMs);
    this.#step({ kind: 'stopExpired' });
    this.#turn();
    this.halt();
    await this.#log.untilIdle();
    await this.#parts.store.close();
  }

  /** Ends at once, as a crash would: nothing more is decided, sent or answered. */
  halt(): void {
    this.#isStopped = true;
    this.#stopTicking?.();
    this.#links.closeAll();
    this.#look();
  }

  #ask(eventOf: (id: RequestId) => ReplicaEvent): Promise<Reply> {
    if (this.#isStopped) return Promise.reject(new LogError(stopped.code, stopped.detail));
    return new Promise((resolve, reject) => {
      const id = this.#requests.add({
        kind: 'other',
        answered: (reply) => {
          if (reply.kind === 'failed') reject(new LogError(reply.code, reply.detail, reply.facts));
          else resolve(reply);
        },
      });
      this.#step(eventOf(requestId(id)));
    });
  }

  #step(event: ReplicaEvent): void {
    if (this.#isStopped) return;
    const { clock, replica } = this.#parts;
    try {
      if (event.kind !== 'ticked') replica.keepTime(clock.now(), clock.wallClock());
      replica.step(event);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    clock.soon(() => {
      this.#isTurnScheduled = false;
      if (!this.#isStopped) this.#turn();
    });
  }

  /** Does what was decided, until there is nothing left to do at once. */
  #turn(): void {
    try {
      for (let ready = this.#parts.replica.takeReady(); ready !== undefined; ready = this.#parts.replica.takeReady()) this.#carryOut(ready);
    } catch (error) {
      this.#fail(error);
    }
    this.#look();
  }

  #carryOut(ready: Ready): void {
    const { observer } = this.#parts;
    for (const notice of ready.notices) observer.notice(notice);
    for (const acknowledgement of ready.acknowledgements) observer.acknowledged(acknowledgement);
    if (ready.save !== undefined) this.#log.save(ready.save);
    if (ready.logWork.length > 0) {
      this.#log.add(ready.logWork.map((work) => (work.kind === 'write' ? this.#encode(work.draft) : work)));
    }
    for (const id of ready.letGo) {
      const pending = this.#requests.get(id);
      if (pending?.kind === 'append') pending.append = undefined;
    }
    for (const { stream, message } of ready.sends) this.#links.send(stream, message);
    for (const feed of ready.feeds) this.#feed(feed);
    for (const reply of ready.replies) this.#reply(reply);
    for (const url of ready.dials) void this.#links.dial(url);
    for (const stream of ready.closes) this.#links.close(stream);
    if (ready.isRegistrationDue) this.#links.register();
    if (ready.roomWanted !== undefined) void this.#lookForRoom(ready.roomWanted);
  }

  /** At once when it is decided: from then on nobody's patience matters for what is in the batch. */
  #encode(draft: BatchDraft): StoreWork {
    const appends: EncodableAppend[] = [];
    const placed: PlacedAppend[] = [];
    let offset: number = draft.baseOffset;
    for (const id of draft.requestIds) {
      const pending = this.#requests.get(id);
      assert(pending?.kind === 'append' && pending.append !== undefined, 'the messages of an append are kept until it is encoded');
      const { entryCount } = pending;
      appends.push(pending.append);
      pending.append = undefined;
      placed.push({ offset, entryCount, w: pending.w });
      offset += entryCount;
    }
    const batch = encodeBatch(draft, appends);
    if (placed.length > 0) this.#parts.observer.placed({ batch, appends: placed });
    return { kind: 'store', batch };
  }

  #feed(feed: Feed): void {
    const { store, clock } = this.#parts;
    const batches = store.readFrom(feed.from, feed.bytesMax);
    if (!(batches instanceof Promise)) {
      this.#sendFed(feed, batches);
      return;
    }
    readPatiently(clock, batches, () => store.readFrom(feed.from, feed.bytesMax)).then(
      (read) => this.#sendFed(feed, read),
      (error: unknown) => {
        // Its stream begins again where it stands.
        if (!(error instanceof LogError)) return this.#fail(error);
        this.#links.close(feed.stream);
        this.#step({ kind: 'streamLost', stream: feed.stream });
      },
    );
  }

  #sendFed(feed: Feed, read: readonly Batch[]): void {
    if (!this.#links.has(feed.stream) || this.#isStopped) return;
    let bytes = 0;
    let end = feed.from;
    for (const batch of read) {
      if (batch.number >= feed.end) break;
      assert(batch.number === end, 'a feed is read from where it was asked');
      this.#links.send(feed.stream, { kind: feed.as, epoch: feed.epoch, batch });
      bytes += batch.bytes.length;
      end = batchNumber(batch.number + 1);
    }
    // Nothing to read: the log was cut meanwhile, and so was what the feed was for.
    if (end > feed.from) this.#step({ kind: 'fed', stream: feed.stream, epoch: feed.epoch, feedId: feed.feedId, end, bytes });
  }

  #reply(reply: Reply): void {
    const pending = this.#requests.take(reply.requestId);
    if (pending?.kind === 'other') pending.answered(reply);
    else if (pending?.kind === 'append') {
      assert(reply.kind === 'appended' || reply.kind === 'failed', 'an append is answered as one');
      this.#parts.observer.answered(this.#answerOf(pending, reply));
      pending.answered(reply, pending.append?.messages);
    }
  }

  #answerOf({ entryCount, w, askedAt }: PendingAppend, reply: AppendReply): AnsweredAppend {
    const ms = this.#parts.clock.now() - askedAt;
    if (reply.kind === 'appended') return { offset: reply.offset, entryCount, w, acks: reply.acks, ms, code: undefined };
    const { placed, code } = reply;
    return { offset: placed?.offset, entryCount, w, acks: placed?.acks ?? 0, ms, code };
  }

  async #lookForRoom(bytes: number): Promise<void> {
    try {
      if (await this.#parts.store.hasRoomFor(bytes)) this.#step({ kind: 'roomFound' });
    } catch (error) {
      this.#fail(error);
    }
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#failed.reject(error);
    this.halt();
  }
}
