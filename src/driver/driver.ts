/**
 * Carries out the decisions of the core on the ports. This file has the driver's interface, and puts its parts together. The loop
 * (loop.ts) gives log work to log-worker.ts and messages to peer-links.ts, and answers the requests in requests.ts. Nothing is
 * decided here: the results of the work go back into the core as events.
 *
 * Anything that makes the storage unreliable (a failed flush, a failed write that is not "no room") ends the node: the
 * `failed` promise rejects, and nothing is acknowledged after it.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import { keepsAll } from '../core/model/control.ts';
import type { Retention } from '../core/model/control.ts';
import { standingOf, standingOfComing } from '../core/model/epoch-history.ts';
import type { SeenEntry } from '../core/model/epoch-history.ts';
import type { AppendRequest, ReplicaEvent, Reply } from '../core/model/events.ts';
import type { KnownLeader } from '../core/model/forward-identity.ts';
import { requestId } from '../core/model/numbers.ts';
import type { ClusterId, NodeId, Offset, RequestId } from '../core/model/numbers.ts';
import type { Replica } from '../core/replica.ts';
import type { ReplicaStatus } from '../core/status.ts';
import { Commands } from './commands.ts';
import { watchedCopy } from './watched-copy.ts';
import { Watchers } from './ends.ts';
import type { EndsWatcher, LeadWatcher, LeaderWatcher } from './ends.ts';
import { Feeder } from './feeder.ts';
import { LogWorker } from './log-worker.ts';
import { Loop } from './loop.ts';
import { Observers } from './observer.ts';
import type { DriverObserver } from './observer.ts';
import type { AppendTrace } from '../ports/append-traces.ts';
import { PeerLinks } from './peer-links.ts';
import { readPatiently } from './patient-read.ts';
import { Requests, sizeOf } from './requests.ts';
import { SideWorker } from './side-worker.ts';
import type { AppendAnswered, AppendResult } from './requests.ts';
import type { Clock, Network, PeerStream } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { EncodableAppend } from '../protocol/batch-codec.ts';
import type { LogStore } from '../storage/log-store.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';

/** How often the core gets a tick. */
const tickMs = 20;
/** How long requests that are waiting when the node is told to stop may still be answered. */
const stopGraceMs = 2000;
/** How long a leader that is told to stop waits for another node to take over. */
const handOverGraceMs = 1000;
const stopped = { code: 'shutting-down', detail: 'this node is shutting down' } as const;

export interface DriverParts {
  readonly replica: Replica;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly network: Network;
  /** How long batches are delayed before they are stored. */
  readonly delayMs: number;
  readonly masterUrls: readonly string[];
  readonly self: { readonly id: NodeId; readonly url: string };
}

export interface SubmittedAppend extends EncodableAppend, Pick<AppendRequest, 'concern' | 'ifEpoch'> {
  /** Handed to the observers when it is placed. */
  readonly trace?: AppendTrace | undefined;
}

export class Driver {
  /** What operators and other nodes ask for. */
  readonly commands: Commands;
  readonly #parts: DriverParts;
  readonly #observers = new Observers();
  readonly #requests: Requests;
  readonly #links: PeerLinks;
  readonly #log: LogWorker;
  readonly #side: SideWorker;
  readonly #loop: Loop;
  readonly #watchers: Watchers;
  readonly #failed = Promise.withResolvers<never>();
  #isStopped = false;
  #stopTicking: (() => void) | undefined;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const { store, clock, network, replica, delayMs, masterUrls, self } = parts;
    const observers = this.#observers;
    const report = (event: ReplicaEvent): void => this.#loop.step(event);
    const isStopped = (): boolean => this.#isStopped;
    const fail = (error: unknown): void => this.#fail(error);
    this.#requests = new Requests(clock, observers);
    this.commands = new Commands((eventOf) => this.#ask(eventOf));
    this.#log = new LogWorker({
      store,
      clock,
      report: (event) => this.#loop.worked(event),
      isStopped,
      flushed: (ms) => observers.flushed({ end: this.durableEnd, ms }),
      onCutBlocked: ({ offset: end }, lacks) => observers.logged({ level: 'error', event: 'cut.waits-for-room', facts: { end, lacks } }),
      onSaveBlocked: (lacks) => observers.logged({ level: 'error', event: 'state.waits-for-room', facts: { lacks } }),
      fail,
    });
    this.#side = new SideWorker({
      ...{ store, clock, isStopped, fail, report },
      onBlocked: (lacks) => observers.logged({ level: 'error', event: 'base.waits-for-room', facts: { lacks } }),
    });
    this.#links = new PeerLinks({
      clock,
      network,
      delayMs,
      masterUrls,
      self,
      report,
      isStopped,
      clusterId: () => replica.clusterId,
      emit: (logEvent) => observers.logged(logEvent),
    });
    const feeder = new Feeder({ store, clock, links: this.#links, report, fail, isStopped });
    this.#watchers = new Watchers({ watched: replica, cutCount: () => this.cutCount, clock, isStopped });
    this.#loop = new Loop({
      ...{ replica, store, clock, observer: observers, feeder, fail, isStopped },
      ...{ requests: this.#requests, log: this.#log, side: this.#side, links: this.#links, watchers: this.#watchers },
    });
    // A node that stops normally never fails, so the caller need not listen.
    this.#failed.promise.catch(() => undefined);
  }

  /** Tells the observer everything that happens from now on. */
  observe(observer: DriverObserver): void {
    this.#observers.add(observer);
  }

  /** Rejects when the node cannot go on, because its storage is no longer reliable or an invariant is broken. */
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

  /** The first entry that stays: what was before it is trimmed, by a decision that is committed. */
  get firstOffset(): Offset {
    return this.#parts.replica.controls.firstOffset;
  }

  /** What the cluster keeps. */
  get retention(): Retention {
    return this.#parts.replica.controls.retention ?? keepsAll;
  }

  get leader(): KnownLeader | undefined {
    return this.#parts.replica.knownLeader;
  }

  /** @see Replica.missingForMajority */
  get missingForMajority(): Replica['missingForMajority'] {
    return this.#parts.replica.missingForMajority;
  }

  /** Whether appends are for this node and must not be forwarded. */
  get isSeekingOrLeading(): boolean {
    return this.#parts.replica.isSeekingOrLeading;
  }

  /** Grows whenever entries are cut: what was read before a cut and after it may not fit together. */
  get cutCount(): number {
    return this.#log.cutCount;
  }

  /** Whether this node's log holds an entry that a reader has seen, here or on another node. */
  standingOf(seen: SeenEntry): ReturnType<typeof standingOf> {
    return standingOf(seen, this.#parts.replica.shape);
  }

  /** The same for an entry that is committed or that a leader has just acknowledged. */
  standingOfComing(seen: SeenEntry): ReturnType<typeof standingOf> {
    return standingOfComing(seen, this.#parts.replica.shape);
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

  /** @see Replica.refusalOf */
  refusalOf(theirs: string | null): ReturnType<Replica['refusalOf']> {
    return this.#parts.replica.refusalOf(theirs);
  }

  status(): ReplicaStatus {
    return this.#parts.replica.status();
  }

  /** Begins to give the core ticks. */
  start(): void {
    const tick = (): void => {
      if (this.#isStopped) return;
      this.#stopTicking = this.#parts.clock.after(tickMs, tick);
      this.#loop.step({ kind: 'ticked', now: this.#parts.clock.now(), wallClock: this.#parts.clock.wallClock() });
      this.#log.maintain();
    };
    tick();
  }

  offerLeadership(): void {
    this.#loop.step({ kind: 'leadershipOffered' });
  }

  withdrawLeadership(): void {
    this.#loop.step({ kind: 'leadershipWithdrawn' });
  }

  /**
   * Appends messages.
   * @param answered - called once, when their write concern is met or has failed
   * @returns the request's id, for `abandon`
   */
  submit(append: SubmittedAppend, answered: AppendAnswered): RequestId {
    const { messages, key, keys, concern, trace, ifEpoch } = append;
    if (this.#isStopped) {
      answered({ kind: 'failed', requestId: requestId(0), ...stopped, facts: {}, placed: undefined }, messages);
      return requestId(0);
    }
    const id = this.#requests.addAppend({ messages, key, keys }, { w: concern.w, trace }, answered);
    this.#loop.step({ kind: 'appendRequested', requestId: id, ...sizeOf(append), concern, key, keys, ifEpoch });
    return id;
  }

  /** Appends messages and waits for their write concern. @param onId - gets the request's id, for `abandon` @throws LogError */
  append(append: SubmittedAppend, onId?: (id: RequestId) => void): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      const id = this.submit(append, (reply) => {
        if (reply.kind === 'failed') reject(new LogError(reply.code, reply.detail, reply.facts));
        else resolve(reply);
      });
      onId?.(id);
    });
  }

  /** The client went away. What it appended stays, but no client waits for it any more. */
  abandon(id: RequestId): void {
    if (this.#requests.abandon(id)) this.#loop.step({ kind: 'appendAbandoned', requestId: id });
  }

  /** How far a linearizable read must see. @throws LogError */
  async linearizableEnd(timeoutMs: number): Promise<Offset> {
    const reply = await this.#ask((id) => ({ kind: 'readRequested', requestId: id, timeoutMs }));
    assert(reply.kind === 'readable', 'a read is answered as one');
    return reply.end;
  }

  /** The batches from the one that holds entry `from` on, at once if they are in memory. Damage that is found ends the node. */
  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const { store, clock } = this.#parts;
    const read = store.readEntriesFrom(from, bytesMax);
    if (!(read instanceof Promise)) return read;
    return readPatiently(clock, read, () => store.readEntriesFrom(from, bytesMax)).catch((error: unknown) => {
      if (error instanceof StorageDamaged) this.#fail(error);
      throw error;
    });
  }

  /** Begins to copy the committed part of the log, from this entry on. To be closed by the caller. Damage that is found ends the node. */
  copyLog(from: Offset | undefined): ReturnType<typeof watchedCopy> {
    return watchedCopy(this.#parts.store.copy({ from, committed: this.#parts.replica.committed }), (error) => this.#fail(error));
  }

  /** Waits until `isMet`, which is checked whenever something has changed. @returns whether it was met in time */
  waitUntil(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    return this.#watchers.waitUntil(isMet, timeoutMs);
  }

  /** Calls `told` whenever the ends have changed. @returns a function that ends this */
  watchEnds(told: EndsWatcher): () => void {
    return this.#watchers.watchEnds(told);
  }

  /** Calls `told` whenever another node leads, or no leader is known any more. @returns a function that ends this */
  watchLeader(told: LeaderWatcher): () => void {
    return this.#watchers.watchLeader(told);
  }

  /** Calls `told` at once, and whenever this node comes to lead with certainty or does so no longer. @returns a function that ends this */
  watchLead(told: LeadWatcher): () => void {
    return this.#watchers.watchLead(told);
  }

  /** Another node opened a stream. */
  accept(stream: PeerStream): void {
    this.#links.accept(stream);
  }

  /** With elections: a leader hands over to another node, if it can, and waits a while until that node is known to lead. */
  async handOver(): Promise<void> {
    const { replica } = this.#parts;
    this.#loop.step({ kind: 'handOverRequested' });
    if (!replica.isHandingOver) return;
    await this.waitUntil(() => (replica.isLeading ? !replica.isHandingOver : replica.leader !== undefined), handOverGraceMs);
  }

  /** Takes no new appends, lets those that wait be answered for `graceMs`, answers the rest as far as known, and makes all durable. */
  async stop(graceMs = stopGraceMs): Promise<void> {
    if (this.#isStopped) return;
    await this.handOver();
    this.#loop.step({ kind: 'stopRequested' });
    await this.waitUntil(() => this.#parts.replica.waitingAppends === 0, graceMs);
    this.#loop.step({ kind: 'stopExpired' });
    this.#loop.turn();
    this.halt();
    await this.#side.untilIdle();
    await this.#log.untilIdle();
    await this.#parts.store.close();
  }

  /** Ends at once, like a crash: nothing more is decided, sent or answered. */
  halt(): void {
    this.#isStopped = true;
    this.#stopTicking?.();
    this.#links.closeAll();
    this.#watchers.check();
  }

  #ask(eventOf: (id: RequestId) => ReplicaEvent): Promise<Reply> {
    if (this.#isStopped) return Promise.reject(new LogError(stopped.code, stopped.detail));
    return this.#requests.ask((id) => this.#loop.step(eventOf(id)));
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return;
    this.#failed.reject(error);
    this.halt();
  }
}
