/**
 * A log store under simulation: it passes everything on, and keeps what was appended beside it. So the checkers can
 * look at any entry at once, and what the store reads back is held to what was written.
 */

import type { Batch } from '../core/batch.ts';
import { batchNumber, offset } from '../core/numbers.ts';
import type { BatchNumber, Offset } from '../core/numbers.ts';
import type { LogPoint } from '../core/place.ts';
import { messageBounds } from '../protocol/batch-codec.ts';
import type { LogStore } from '../storage/log-store.ts';
import { claim } from './claim.ts';

const readBytes = 1024 * 1024;

/** A message and the epoch that it was written in: the same message, written again later, is another entry. */
export type SimEntry = `${string} of epoch ${number}`;

export function entryOf(message: string, epoch: number): SimEntry {
  return `${message} of epoch ${epoch}`;
}

export function messageOf(entry: SimEntry): string {
  return entry.slice(0, entry.lastIndexOf(' of epoch '));
}

export class ShadowedLog implements LogStore {
  readonly #inner: LogStore;
  readonly #batches: Batch[] = [];
  #entries: SimEntry[] = [];
  readonly #readFromDisk: () => void;

  private constructor(inner: LogStore, readFromDisk: () => void) {
    this.#inner = inner;
    this.#readFromDisk = readFromDisk;
  }

  /** @param readFromDisk - told of each read for a follower that was not in memory */
  static async over(inner: LogStore, readFromDisk: () => void): Promise<ShadowedLog> {
    const log = new ShadowedLog(inner, readFromDisk);
    for (let next = 0; ; next = log.#batches.length) {
      const batches = await inner.readFrom(batchNumber(next), readBytes);
      if (batches.length === 0) return log;
      for (const batch of batches) log.#push(batch);
    }
  }

  /** Entries `[start, end)`, as far as they were appended, durable or not. */
  entries(start: number, end: number): readonly SimEntry[] {
    return this.#entries.slice(start, end);
  }

  async append(batches: readonly Batch[]): Promise<void> {
    await this.#inner.append(batches);
    for (const batch of batches) this.#push(batch);
  }

  async cut(point: LogPoint): ReturnType<LogStore['cut']> {
    const result = await this.#inner.cut(point);
    this.#batches.length = point.number;
    this.#entries = this.#entries.slice(0, point.offset);
    return result;
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const read = this.#inner.readFrom(from, bytesMax);
    if (!(read instanceof Promise)) return this.#checked(read);
    this.#readFromDisk();
    return read.then((batches) => this.#checked(batches));
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const read = this.#inner.readEntriesFrom(from, bytesMax);
    return read instanceof Promise ? read.then((batches) => this.#checked(batches)) : this.#checked(read);
  }

  flush(): Promise<BatchNumber> {
    return this.#inner.flush();
  }

  saveRecord(record: Parameters<LogStore['saveRecord']>[0]): Promise<void> {
    return this.#inner.saveRecord(record);
  }

  idle(): Promise<void> {
    return this.#inner.idle();
  }

  freeBytes(): Promise<number> {
    return this.#inner.freeBytes();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #push(batch: Batch): void {
    claim(batch.number === this.#batches.length && batch.baseOffset === this.#entries.length, 'a store takes only what continues its log');
    this.#batches.push(batch);
    const bounds = messageBounds(batch);
    for (let index = 0; index < batch.entryCount; index += 1) {
      const message = Buffer.from(batch.bytes.subarray(bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0)).toString();
      this.#entries.push(entryOf(message, batch.epoch));
    }
  }

  /** A cut in the middle of a read gives up what was read; anything else must be what was written. */
  #checked(batches: readonly Batch[]): readonly Batch[] {
    for (const batch of batches) {
      const written = this.#batches[batch.number];
      const isSame = written === undefined || written.epoch !== batch.epoch || written.checksum === batch.checksum;
      claim(isSame && batch.baseOffset >= offset(0), () => `a read returns what was written: batch ${batch.number}`);
    }
    return batches;
  }
}
