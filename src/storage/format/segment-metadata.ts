/**
 * What is known about one segment besides its bytes. It grows batch by batch while the segment is written or scanned, and is
 * the content of the segment's index once the segment is closed (segment-index.ts).
 *
 * It depends on the segment's content alone: the same bytes always give the same metadata.
 */

import { assert } from '../../core/model/assert.ts';
import type { Batch } from '../../core/model/batch.ts';
import type { PlacedControl } from '../../core/model/control.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import type { LogPart, PlacedList } from '../../core/model/log-part.ts';
import { forwardLimits, isIdentity } from '../../core/model/forward-identity.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../../core/model/numbers.ts';
import type { Epoch, LogAge, Offset, TimestampMs } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { BatchDamaged } from '../../protocol/batch-codec.ts';
import { markBytes } from './flush-mark.ts';
import { PackedKeys } from './packed-keys.ts';
import { SparseIndex } from './sparse-index.ts';
import { segmentName } from './segment-names.ts';

export class SegmentMetadata implements LogPart {
  readonly name: string;
  readonly start: LogPoint;
  readonly epochs: EpochStart[] = [];
  readonly lists: PlacedList[] = [];
  readonly controls: PlacedControl[] = [];
  readonly keys = new PackedKeys();
  /** The identities of forwarded appends, which are kept apart from the keys. */
  readonly identities = new PackedKeys(forwardLimits.appendsMax);
  readonly positions: SparseIndex;
  #end: LogPoint;
  #epoch: Epoch;
  #lastTimestamp: TimestampMs = timestampMs(0);
  #lastAge: LogAge = logAge(0);
  #committedEnd: Offset = offset(0);
  #size = 0;

  /** @param epochBefore - the epoch of the batch before `start`, if it is known: no batch may have a lower one */
  constructor(start: LogPoint, epochBefore = epoch(0)) {
    this.name = segmentName(start.offset);
    this.start = start;
    this.positions = new SparseIndex(start);
    this.#end = start;
    this.#epoch = epochBefore;
  }

  get end(): LogPoint {
    return this.#end;
  }

  /** The epoch of its last batch, or of the batch before the segment if it has none. */
  get lastEpoch(): Epoch {
    return this.#epoch;
  }

  get lastTimestamp(): TimestampMs {
    return this.#lastTimestamp;
  }

  get lastAge(): LogAge {
    return this.#lastAge;
  }

  get committedEnd(): Offset {
    return this.#committedEnd;
  }

  /** In bytes: the position after the last batch or mark. */
  get size(): number {
    return this.#size;
  }

  /** Whether it has entries. Without any, a segment that begins where it ends would have the same name. */
  get hasEntries(): boolean {
    return this.#end.offset > this.start.offset;
  }

  /** @throws BatchDamaged if this is not the next batch of the log */
  take(batch: Batch, position: number): void {
    if (batch.number !== this.#end.number || batch.baseOffset !== this.#end.offset || batch.epoch < this.#epoch) {
      throw new BatchDamaged(`batch ${batch.number} does not continue the log, which ends before batch ${this.#end.number}`);
    }
    this.add(batch, position);
  }

  /** Adds the next batch. */
  add(batch: Batch, position: number): void {
    assert(position >= this.#size, 'batches follow one after the other');
    if (batch.epoch > (this.epochs.at(-1)?.epoch ?? 0)) {
      this.epochs.push({ epoch: batch.epoch, number: this.#end.number, offset: this.#end.offset });
    }
    if (batch.memberList !== undefined) this.lists.push({ number: batch.number, list: batch.memberList });
    if (batch.control !== undefined) {
      this.controls.push({ number: batch.number, offset: batch.baseOffset, age: batch.age, control: batch.control });
    }
    for (const key of batch.keys) (isIdentity(key) ? this.identities : this.keys).add(key, batch);
    this.positions.add(this.#end, position);
    this.#epoch = batch.epoch;
    this.#end = { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
    this.#lastTimestamp = timestampMs(Math.max(this.#lastTimestamp, batch.timestamp));
    this.#lastAge = logAge(Math.max(this.#lastAge, batch.age));
    this.#committedEnd = offset(Math.max(this.#committedEnd, Math.min(batch.committedEnd, this.#end.offset)));
    this.#size = position + batch.bytes.length;
  }

  addMark(): void {
    this.#size += markBytes;
  }

  /** Sets where the valid content ends according to a scan, including marks. */
  setSize(size: number): void {
    this.#size = size;
  }
}
