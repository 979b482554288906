/**
 * The work on a node's log: writes and cuts in the order in which they were decided, and flushes.
 *
 * Writes and cuts are done one after the other. Flushes run beside them, one at a time, and each covers everything written
 * before it (group commit: what arrives during a flush waits for the next). A write without room is refused; a cut or a state
 * file waits for room. Any other failure makes the storage unreliable and ends the node.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { LogWork as DecidedWork, NodeState, ReplicaEvent } from '../core/model/events.ts';
import { batchNumber } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { Shortage } from '../core/model/shortage.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Clock } from '../ports/ports.ts';
import type { Checkpoint } from '../core/model/checkpoint.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import type { LogStore } from '../storage/log-store.ts';

/** How often a cut or a state file without room is tried again. */
const retryMs = 500;

/** Under constant load, maintenance is done once in this many ticks. */
const maintenanceEveryTicks = 10;

/** How often the end of what is flushed is noted, while it changes. */
const noteEveryMs = 1000;

/** Log work with the bytes to write. */
export type StoreWork = { readonly kind: 'store'; readonly batch: Batch } | Exclude<DecidedWork, { kind: 'write' }>;

export interface LogWorkParts {
  readonly store: LogStore;
  readonly clock: Clock;
  /**
   * Reports the result of the work to the core. Before it reports a refused write, it adds the work that was decided up to then.
   * Work that follows from the refusal is added only after it has returned.
   */
  readonly report: (event: ReplicaEvent) => void;
  readonly flushed: (ms: number) => void;
  readonly onCutBlocked: (point: LogPoint, lacks: Shortage) => void;
  readonly onSaveBlocked: (lacks: Shortage) => void;
  readonly fail: (error: unknown) => void;
  readonly isStopped: () => boolean;
}

export class LogWorker {
  readonly #parts: LogWorkParts;
  readonly #queue: StoreWork[] = [];
  /** How many batches may be written at a time. */
  #groupMax = Number.POSITIVE_INFINITY;
  #isWorking = false;
  #isFlushing = false;
  /** Settles when the flush in progress is over. */
  #flushing: Promise<void> = Promise.resolve();
  /** One past the last batch that was given to the storage, and one past the last that is known to be flushed. */
  #writtenEnd = batchNumber(0);
  #flushedEnd = batchNumber(0);
  #cutCount = 0;
  #saving: { readonly state: NodeState; readonly version: number } | undefined;
  #isSaving = false;
  #idle: (() => void) | undefined;
  /** How many ticks in a row had no time for maintenance. */
  #busyTicks = 0;
  #isNoting = false;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: LogWorkParts) {
    this.#parts = parts;
  }

  /** How many cuts there have been. */
  get cutCount(): number {
    return this.#cutCount;
  }

  add(work: readonly StoreWork[]): void {
    this.#queue.push(...work);
    this.#work({ isIdle: false });
  }

  /** Called on every tick: does maintenance if there is nothing else to do. */
  maintain(): void {
    this.#noteIfDue();
    if (this.#isWorking || this.#queue.length > 0) this.#busyTicks += 1;
    else this.#work({ isIdle: true });
  }

  /** Writes the note beside everything else: no append waits for it. */
  #noteIfDue(): void {
    const { store, clock, fail } = this.#parts;
    const wish = store.noteWish;
    if (wish === undefined || this.#isNoting || this.#parts.isStopped()) return;
    const now = clock.now();
    if (wish === 'soon' && now - this.#notedAt < noteEveryMs) return;
    this.#notedAt = now;
    this.#isNoting = true;
    store.note().then(() => {
      this.#isNoting = false;
    }, fail);
  }

  /** Resolves when no work is in progress any more. */
  async untilIdle(): Promise<void> {
    if (this.#isWorking || this.#isFlushing) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Does one piece of log work after the other, including what comes meanwhile. */
  #work(parts: { readonly isIdle: boolean }): void {
    if (this.#isWorking || this.#parts.isStopped()) return;
    this.#isWorking = true;
    this.#workThrough(parts.isIdle)
      .catch((error: unknown) => this.#parts.fail(error))
      .finally(() => {
        this.#isWorking = false;
        this.#endOfWork();
      });
  }

  async #workThrough(isIdle: boolean): Promise<void> {
    const { store } = this.#parts;
    if (isIdle && !this.#isFlushing) await store.maintain();
    if (isIdle) await this.#scrubSome();
    while (this.#queue.length > 0 && !this.#parts.isStopped()) {
      if (this.#busyTicks >= maintenanceEveryTicks) await this.#scrubSome();
      const [work] = this.#queue;
      if (work === undefined) break;
      if (work.kind === 'cut') await this.#cut(work);
      else if (work.kind === 'locate') await this.#locate(work);
      else if (work.kind === 'receive') await this.#receive(work);
      else if (work.kind === 'install') await this.#install(work);
      else await this.#write();
    }
  }

  async #scrubSome(): Promise<void> {
    this.#busyTicks = 0;
    await this.#parts.store.scrubSome();
  }

  /** Writes the batches at the head of the queue, up to the next work of another kind. */
  async #write(): Promise<void> {
    const { store } = this.#parts;
    const batches: Batch[] = [];
    for (const work of this.#queue) {
      if (work.kind !== 'store' || batches.length >= this.#groupMax) break;
      batches.push(work.batch);
    }
    this.#queue.splice(0, batches.length);
    const first = batches[0];
    const last = batches.at(-1);
    assert(first !== undefined && last !== undefined, 'there is something to write');
    try {
      await store.append(batches);
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      if (error.lacks === 'file size' && batches.length > 1) {
        // One file has no room for all of them, but may have room for each.
        this.#groupMax = 1;
        this.#queue.unshift(...batches.map((batch) => ({ kind: 'store', batch }) as const));
        return;
      }
      const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
      this.#parts.report({ kind: 'writeRefused', number: first.number, bytes, lacks: error.lacks });
      this.#dropBehind({ number: first.number, offset: first.baseOffset });
      return;
    }
    this.#writtenEnd = batchNumber(last.number + 1);
    this.#flush();
    this.#parts.report({ kind: 'written', end: this.#writtenEnd });
  }

  /**
   * Batches queued behind a refused write would continue a log that does not exist, so they are dropped, up to a cut that goes
   * back to what does exist. Cuts and lookups in between are still answered, although there is nothing left to cut.
   */
  #dropBehind(refused: LogPoint): void {
    const end = this.#queue.findIndex((work) => work.kind === 'cut' && work.point.number <= refused.number);
    const behind = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
    const kept = behind.filter((work) => work.kind !== 'store');
    this.#queue.unshift(...kept.map((work) => (work.kind === 'cut' ? { ...work, point: refused } : work)));
  }

  async #locate({ locateId, number }: Extract<StoreWork, { kind: 'locate' }>): Promise<void> {
    const [batch] = await this.#insist(
      () => this.#parts.store.readFrom(number, 1),
      () => undefined,
    );
    this.#queue.shift();
    this.#parts.report({ kind: 'located', locateId, offset: batch?.number === number ? batch.baseOffset : undefined });
  }

  async #receive({ fetchId, position, bytes }: Extract<StoreWork, { kind: 'receive' }>): Promise<void> {
    const { store, onSaveBlocked } = this.#parts;
    await this.#insist(() => store.receiveCheckpoint(position, bytes), onSaveBlocked);
    this.#queue.shift();
    this.#parts.report({ kind: 'checkpointReceived', fetchId, position: position + bytes.length });
  }

  async #install({ cutId, base }: Extract<StoreWork, { kind: 'install' }>): Promise<void> {
    const { store, onSaveBlocked } = this.#parts;
    await this.#flushing;
    const checkpoint = await this.#insist(() => this.#sound(store.installCheckpoint(base)), onSaveBlocked);
    if (this.#parts.isStopped()) return;
    this.#queue.shift();
    if (checkpoint !== undefined) {
      this.#cutCount += 1;
      this.#writtenEnd = base.number;
      this.#flushedEnd = base.number;
    }
    this.#parts.report({ kind: 'checkpointInstalled', cutId, checkpoint });
  }

  /** @returns `undefined` if what another node sent is no checkpoint */
  async #sound(installing: Promise<Checkpoint>): Promise<Checkpoint | undefined> {
    try {
      return await installing;
    } catch (error) {
      if (error instanceof StorageDamaged) return undefined;
      throw error;
    }
  }

  async #cut(work: Extract<StoreWork, { kind: 'cut' }>): Promise<void> {
    const { store, onCutBlocked } = this.#parts;
    // A copy of what is cut off is kept first, which needs room.
    const { lastTimestamp, lastAge } = await this.#insist(
      () => store.cut(work.point),
      (lacks) => onCutBlocked(work.point, lacks),
    );
    if (this.#parts.isStopped()) return;
    this.#queue.shift();
    this.#cutCount += 1;
    this.#writtenEnd = work.point.number;
    this.#flushedEnd = work.point.number;
    this.#parts.report({ kind: 'logCut', cutId: work.cutId, point: work.point, lastTimestamp, lastAge });
  }

  /** Tries until there is room. @param waits - called once, if there is none at first */
  async #insist<T>(attempt: () => T | Promise<T>, waits: (lacks: Shortage) => void): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof NoRoom) || this.#parts.isStopped()) throw error;
        if (tries === 0) waits(error.lacks);
      }
      await new Promise<void>((resolve) => this.#parts.clock.after(retryMs, resolve));
    }
  }

  #flush(): void {
    if (this.#isFlushing || this.#parts.isStopped() || this.#flushedEnd >= this.#writtenEnd) return;
    this.#isFlushing = true;
    const begunAt = this.#parts.clock.now();
    this.#flushing = this.#parts.store
      .flush()
      .then(
        (end) => {
          this.#isFlushing = false;
          // A cut may have come in between, which has set both ends itself.
          this.#flushedEnd = batchNumber(Math.min(end, this.#writtenEnd));
          this.#parts.report({ kind: 'flushed', end });
          this.#parts.flushed(this.#parts.clock.now() - begunAt);
          this.#flush();
        },
        (error: unknown) => {
          this.#isFlushing = false;
          this.#parts.fail(error);
        },
      )
      .finally(() => this.#endOfWork());
  }

  #endOfWork(): void {
    if (this.#isWorking || this.#isFlushing) return;
    this.#idle?.();
    if (this.#queue.length > 0) this.#work({ isIdle: false });
  }

  /** Saves only the newest state: one that was replaced before it was written need not be written. */
  save(save: { readonly state: NodeState; readonly version: number }): void {
    this.#saving = save;
    if (!this.#isSaving) void this.#saveAll();
  }

  async #saveAll(): Promise<void> {
    this.#isSaving = true;
    const { store, onSaveBlocked } = this.#parts;
    try {
      while (this.#saving !== undefined && !this.#parts.isStopped()) {
        const { state, version } = this.#saving;
        this.#saving = undefined;
        // Even the reserved room may be gone. That is safe: a promise that is not on disk is not sent, and will be asked for again.
        await this.#insist(() => store.saveState(state), onSaveBlocked);
        if (this.#parts.isStopped()) return;
        this.#parts.report({ kind: 'stateSaved', version });
      }
    } catch (error) {
      this.#parts.fail(error);
    } finally {
      this.#isSaving = false;
    }
  }
}
