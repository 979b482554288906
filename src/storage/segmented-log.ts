/**
 * The log on a disk: a folder of segments, of which the last one grows (log-tail.ts). It begins at its first batch, or at its base
 * with a checkpoint (log-bases.ts).
 *
 * Invariants: segments hold consecutive batches; only the last one can hold anything that is not flushed; before `cut` removes
 * anything, a copy is durable in `cut/` and the indexes that cover it are gone. Cuts, bases and surveys are made one after the
 * other.
 */

import type { IdempotencyLimits } from '../core/log/idempotency-index.ts';
import type { Batch } from '../core/model/batch.ts';
import type { BasePlan, Checkpoint, Survey, SurveyWish } from '../core/model/checkpoint.ts';
import type { Base } from '../core/model/control.ts';
import type { NodeState } from '../core/model/events.ts';
import type { LogTime } from '../core/model/log-part.ts';
import { batchNumber, epoch, logAge, timestampMs } from '../core/model/numbers.ts';
import type { BatchNumber, Epoch, Offset } from '../core/model/numbers.ts';
import { logStart } from '../core/model/place.ts';
import type { LogPoint } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Disk } from '../ports/ports.ts';
import { checkpointName, readReceived, receivedName } from './checkpoints/checkpoint-files.ts';
import { ClosedSegments } from './segments/closed-segments.ts';
import type { ClosedSegment } from './segments/closed-segments.ts';
import type { CutCopies } from './segments/cut-copies.ts';
import { metadataBefore, findCut } from './segments/cut-point.ts';
import type { IndexFiles } from './segments/index-files.ts';
import { LogBases } from './log-bases.ts';
import type { CopyWish, LogCopy } from './log-copy.ts';
import type { LogStore } from './log-store.ts';
import { LogReads } from './log-reads.ts';
import { LogTail } from './log-tail.ts';
import { hasRoomFor } from './format/reserve.ts';
import { indexName } from './format/segment-names.ts';
import type { SegmentMetadata } from './format/segment-metadata.ts';
import type { StoredBase } from './format/state-format.ts';
import { heldOf } from './recovery/forgotten.ts';
import type { TornTail } from './recovery/torn-tail.ts';
import { Scrubber } from './segments/scrubber.ts';
import type { Verified } from './segments/scrubber.ts';
import type { StateKeeper } from './state-keeper.ts';
import { SegmentCopies, partOf } from './segment-copies.ts';
import { survey } from './survey.ts';

export interface SegmentedLogParts {
  readonly disk: Disk;
  readonly segmentBytesMax: number;
  readonly indexes: IndexFiles;
  /** All segments but the last, consecutive. */
  readonly closed: readonly ClosedSegment[];
  /** The segment that grows; everything in it is flushed. `undefined` in an empty folder. */
  readonly last: SegmentMetadata | undefined;
  /** A torn tail in its file that waits for room in `cut/`. */
  readonly tornTail: TornTail | undefined;
  readonly copies: CutCopies;
  /** Of the keys that a checkpoint brings. */
  readonly idempotency: IdempotencyLimits;
  readonly states: StateKeeper;
  /** Where the log begins, and its checkpoint there; `undefined` if at its first batch. */
  readonly begins: { readonly base: Base; readonly stored: StoredBase; readonly lastEpoch: Epoch } | undefined;
  readonly recentBytesMax: number;
  readonly verified?: ((verified: Verified) => void) | undefined;
}

const nothingBefore = { lastTimestamp: timestampMs(0), lastAge: logAge(0), lastEpoch: epoch(0) };

export class SegmentedLog implements LogStore {
  readonly #disk: Disk;
  readonly #indexes: IndexFiles;
  readonly #closed: ClosedSegments;
  readonly #scrubber: Scrubber;
  readonly #reads: LogReads;
  readonly #copies: CutCopies;
  readonly #limits: IdempotencyLimits;
  readonly #states: StateKeeper;
  readonly #tail: LogTail;
  readonly #bases: LogBases;
  readonly #reading: SegmentCopies;
  /** Of the batch before the base. */
  #before: LogTime & { readonly lastEpoch: Epoch };
  #isCutting = false;
  /** The cut, base or survey in progress, and all before it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: SegmentedLogParts) {
    const { disk, indexes, states, begins } = parts;
    const base = begins?.base ?? logStart;
    this.#disk = disk;
    this.#indexes = indexes;
    this.#copies = parts.copies;
    this.#limits = parts.idempotency;
    this.#states = states;
    this.#before = begins === undefined ? nothingBefore : { ...begins.base, lastEpoch: begins.lastEpoch };
    this.#closed = new ClosedSegments({ disk, indexes, segments: parts.closed });
    this.#scrubber = new Scrubber({ disk, indexes, segments: parts.closed, done: (verified) => parts.verified?.(verified) });
    const last = (): SegmentMetadata | undefined => this.#tail.last;
    this.#reads = new LogReads({ disk, closed: this.#closed, last, recentBytesMax: parts.recentBytesMax, base });
    this.#tail = new LogTail({
      ...{ disk, indexes, states, closed: this.#closed, segmentBytesMax: parts.segmentBytesMax },
      ...{ last: parts.last, start: { ...base, lastEpoch: begins?.lastEpoch }, tornTail: parts.tornTail },
      stored: (batch) => this.#reads.push(batch),
    });
    const { closed, scrubber, reads } = { closed: this.#closed, scrubber: this.#scrubber, reads: this.#reads };
    this.#reading = new SegmentCopies(disk);
    const copies = this.#reading;
    this.#bases = new LogBases({ disk, states, indexes, closed, scrubber, reads, copies, last, stored: begins?.stored });
  }

  append(batches: readonly Batch[]): Promise<void> {
    return this.#tail.append(batches);
  }

  flush(): Promise<BatchNumber> {
    return this.#tail.flush(() => this.#isCutting);
  }

  cut(point: LogPoint): Promise<LogTime> {
    return this.#inTurn(() => this.#whileCutting(point.number, () => this.#cut(point)));
  }

  async #cut(point: LogPoint): Promise<LogTime> {
    await this.#tail.flushed();
    await this.#indexes.settled();
    const { last } = this.#tail;
    if (last === undefined) return this.#before; // Nothing was ever stored here.
    // The segment of the last batch that stays, so that the next batch is written after it.
    const closedHome = point.number > last.start.number ? undefined : this.#closed.withBatch(batchNumber(Math.max(0, point.number - 1)));
    const home = closedHome ?? last;
    const { position, ...time } = await findCut(this.#disk, home, { positions: await this.#reads.positionsOf(home), point });
    const epochBefore = home.start.number === this.base.number ? this.#before.lastEpoch : epoch(0);
    const metadata = await metadataBefore(this.#disk, { start: home.start, epochBefore }, position);
    const file = closedHome === undefined ? await this.#tail.open() : await this.#disk.open(home.name);
    const closed = closedHome === undefined ? [] : this.#closed.from(closedHome);
    try {
      // A crash in the middle of the cut must not look like a disk that forgot.
      await this.#states.lower(heldOf(metadata.end, metadata.lastEpoch));
      await this.#copies.keep({ segments: [...closed, last], position, point });
    } catch (error) {
      if (closedHome !== undefined) await file.close();
      throw error;
    }
    // From here on nothing may run short, because a half-made cut could not be retried.
    if (closedHome !== undefined) await this.#tail.closeFile();
    if (closedHome !== undefined) {
      this.#scrubber.cut(closedHome.start);
      this.#closed.cut(closedHome);
      await this.#indexes.remove(closed.map(({ name }) => name));
    }
    // From the end backwards, so that a crash in between leaves a longer prefix, never a hole.
    for (const { name } of [...closed, last].slice(1).toReversed()) {
      await this.#disk.remove(name);
      await this.#disk.syncFolder();
    }
    await file.truncate(position);
    await this.#tail.flushFile(file);
    this.#tail.continueIn(metadata, { file, position });
    return point.number === this.base.number ? this.#before : time;
  }

  async saveState(state: NodeState): Promise<void> {
    // A state that names a cluster, without any segment or checkpoint, would look like a log that was deleted.
    if (state.clusterId !== null && this.#tail.last === undefined && this.base.number === 0) await this.#tail.addSegment();
    await this.#states.save(state);
  }

  get noteWish(): 'now' | 'soon' | undefined {
    return this.#states.noteWish;
  }

  note(): Promise<void> {
    return this.#states.note();
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    return this.#reads.readFrom(from, bytesMax);
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    return this.#reads.readEntriesFrom(from, bytesMax);
  }

  get base(): LogPoint {
    return this.#bases.base;
  }

  get checkpointBytes(): number {
    return this.#bases.checkpointBytes;
  }

  rebase(plan: BasePlan): Promise<void> {
    return this.#inTurn(async () => {
      // A checkpoint that was installed meanwhile may be further.
      if (plan.base.number <= this.base.number) return;
      await this.#bases.rebase(plan);
      this.#before = { ...plan.base, lastEpoch: lastEpochOf(plan) };
    });
  }

  readCheckpoint(base: BatchNumber, position: number, bytesMax: number): Promise<Buffer | undefined> {
    return this.#bases.read(base, position, bytesMax);
  }

  receiveCheckpoint(position: number, bytes: Uint8Array): Promise<void> {
    return this.#bases.receive(position, bytes);
  }

  installCheckpoint(base: LogPoint): Promise<Checkpoint> {
    return this.#inTurn(async () => {
      const { checkpoint, stored } = await readReceived(this.#disk, base, this.#limits);
      const lastEpoch = lastEpochOf(checkpoint);
      // A start that finds the log still there must not take what was not flushed for damage.
      await this.#tail.flushed();
      await this.#tail.settle();
      await this.#disk.rename(receivedName, checkpointName(base.number));
      await this.#disk.syncFolder();
      try {
        await this.#states.install(stored, heldOf(base, lastEpoch));
      } catch (error) {
        if (error instanceof NoRoom) await this.#disk.rename(checkpointName(base.number), receivedName);
        throw error;
      }
      await this.#whileCutting(batchNumber(0), () => this.#removeAll(checkpoint.base));
      this.#before = { ...checkpoint.base, lastEpoch };
      await this.#bases.installed(stored);
      this.#tail.beginAt({ number: base.number, offset: base.offset, lastEpoch });
      return checkpoint;
    });
  }

  survey(wish: SurveyWish): Promise<Survey> {
    return this.#inTurn(() => {
      const { last } = this.#tail;
      const segments = [...this.#closed.all, ...(last === undefined ? [] : [last])];
      return survey({ disk: this.#disk, segments, base: this.base, positionsOf: (segment) => this.#reads.positionsOf(segment) }, wish);
    });
  }

  copy(wish: CopyWish): LogCopy {
    const { base, checkpointBytes } = this;
    return this.#reading.begin(partOf({ closed: this.#closed.all, last: this.#tail.last, base, checkpointBytes }, wish));
  }

  async maintain(): Promise<void> {
    this.#reads.maintain();
    await this.#tail.mark();
  }

  /** Whether everything that the start left out has been read since. */
  get isVerified(): boolean {
    return this.#scrubber.isOver;
  }

  scrubSome(): Promise<void> {
    return this.#scrubber.step();
  }

  hasRoomFor(bytes: number): Promise<boolean> {
    return hasRoomFor(this.#disk, bytes + this.#tail.tornBytes);
  }

  freeBytes(): Promise<number> {
    return this.#disk.freeBytes();
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#indexes.settled();
    await this.#tail.close();
    await this.#states.close();
  }

  /** Removes the whole log, which a checkpoint stands for. */
  async #removeAll(base: Base): Promise<void> {
    await this.#tail.flushed();
    await this.#indexes.settled();
    await this.#tail.closeFile();
    const { last } = this.#tail;
    const names = [...this.#closed.all, ...(last === undefined ? [] : [last])].map(({ name }) => name);
    await this.#reading.keep(names);
    await this.#reads.rebase({ number: base.number, offset: base.offset }, names);
    await this.#scrubber.drop(new Set(names));
    this.#closed.drop(this.#closed.all);
    for (const name of names) {
      await this.#disk.remove(indexName(name));
      await this.#disk.remove(name);
    }
  }

  async #whileCutting<T>(number: BatchNumber, cut: () => Promise<T>): Promise<T> {
    this.#isCutting = true;
    try {
      return await this.#reads.whileCutting(number, cut);
    } finally {
      this.#isCutting = false;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function lastEpochOf({ epochs }: Pick<Checkpoint, 'epochs'>): Epoch {
  return epochs.at(-1)?.epoch ?? epoch(0);
}
