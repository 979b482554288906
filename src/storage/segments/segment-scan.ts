/** Reads a segment from its start, record by record, and finds how far it is valid and what was certainly flushed. */

import type { Batch } from '../../core/model/batch.ts';
import type { DiskFile } from '../../ports/ports.ts';
import { BatchDamaged, UnknownFormat, batchLength, decodeBatch } from '../../protocol/batch-codec.ts';
import { beginsMark, decodeMark, furthestMark, markBytes } from '../format/flush-mark.ts';

const readBytes = 1024 * 1024;

export interface ScanResult {
  /** The position after the last valid record. */
  readonly validEnd: number;
  /** The position up to which everything was certainly flushed. */
  readonly flushedEnd: number;
  /** Why the record at `validEnd` is not valid; `undefined` if the file ends there. */
  readonly problem: string | undefined;
}

/**
 * @param batch - its bytes are valid only during the call
 * @throws BatchDamaged if the batch does not continue the log
 */
export type OnBatch = (batch: Batch, position: number) => void;

/** @throws UnknownFormat, with the position in its message */
export async function scanSegment(file: DiskFile, onBatch: OnBatch): Promise<ScanResult> {
  const scan = new SegmentScan(onBatch);
  for (;;) {
    const result = await scan.step(file, readBytes);
    if (result !== undefined) return result;
  }
}

interface ScannedBytes {
  readonly problem: string | undefined;
  readonly validBytes: number;
  readonly missingBytes: number;
}

/** A scan that can be interrupted and resumed. It reads into the same memory each time. */
export class SegmentScan {
  readonly #onBatch: OnBatch;
  #memory: Buffer = Buffer.alloc(0);
  #position = 0;
  #flushedEnd = 0;

  constructor(onBatch: OnBatch) {
    this.#onBatch = onBatch;
  }

  /** Everything before this position is valid. */
  get position(): number {
    return this.#position;
  }

  /**
   * Scans the complete records in the next `bytesMax` bytes, or one batch if that is larger.
   * @param end - where to stop; by default the end of the file
   * @returns the result, once everything is read or something is wrong
   * @throws UnknownFormat, with the position in its message
   */
  async step(file: DiskFile, bytesMax: number, end = file.size): Promise<ScanResult | undefined> {
    for (let wanted = bytesMax; ; ) {
      const bytes = await this.#read(file, Math.max(0, Math.min(wanted, end - this.#position)));
      const { problem, validBytes, missingBytes } = this.#scanBytes(bytes);
      if (problem !== undefined) return this.#endWith(file, problem);
      const isAll = this.#position + (bytes.length - validBytes) >= end || bytes.length === 0;
      if (isAll && bytes.length > validBytes) return this.#endWith(file, 'the file ends in the middle of a record');
      if (isAll) return { validEnd: this.#position, flushedEnd: this.#flushedEnd, problem: undefined };
      if (validBytes > 0) return undefined;
      wanted = bytes.length + missingBytes;
    }
  }

  async #read(file: DiskFile, length: number): Promise<Buffer> {
    if (this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length);
    const target = this.#memory.subarray(0, length);
    return target.subarray(0, await file.readInto(target, this.#position));
  }

  /** @returns why a record is not valid, or how many bytes the last one lacks */
  #scanBytes(bytes: Buffer): ScannedBytes {
    const base = this.#position;
    const stop = (problem: string | undefined, missingBytes = 0): ScannedBytes => ({
      problem,
      validBytes: this.#position - base,
      missingBytes,
    });
    for (;;) {
      const record = readRecord(bytes, this.#position - base);
      if (record.kind === 'mark') {
        // The position in a mark is before the mark; anything else was not written by this program.
        if (record.flushedPosition > this.#position)
          return stop(`a flush mark names position ${record.flushedPosition}, which is after it`);
        this.#flushedEnd = Math.max(this.#flushedEnd, record.flushedPosition);
        this.#position += markBytes;
      } else if (record.kind === 'batch') {
        try {
          this.#onBatch(record.batch, this.#position);
        } catch (error) {
          if (error instanceof BatchDamaged) return stop(error.message);
          throw error;
        }
        this.#position += record.batch.bytes.length;
      } else if (record.kind === 'unknown') {
        throw new UnknownFormat(`${record.reason} (at position ${this.#position})`);
      } else if (record.kind === 'bad') {
        return stop(record.reason);
      } else {
        return stop(undefined, record.missingBytes);
      }
    }
  }

  /** Marks after a bad record can still show that it had been flushed. */
  async #endWith(file: DiskFile, problem: string): Promise<ScanResult> {
    let furthest = this.#flushedEnd;
    // Pieces overlap by the size of a mark, so that none is missed between two pieces.
    for (let from = this.#position; from < file.size; from += readBytes) {
      furthest = Math.max(furthest, furthestMark(await file.read(from, readBytes + markBytes)));
    }
    return { validEnd: this.#position, flushedEnd: furthest, problem };
  }
}

export type ScannedRecord =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'mark'; readonly flushedPosition: number }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete'; readonly missingBytes: number };

/** The record that begins at `position` of `bytes`. */
export function readRecord(bytes: Buffer, position: number): ScannedRecord {
  const here = bytes.length - position;
  if (here >= 4 && beginsMark(bytes, position)) {
    if (here < markBytes) return { kind: 'incomplete', missingBytes: markBytes - here };
    const flushedPosition = decodeMark(bytes, position);
    return flushedPosition === undefined
      ? { kind: 'bad', reason: 'the checksum of a flush mark does not match' }
      : { kind: 'mark', flushedPosition };
  }
  try {
    const length = batchLength(bytes, position);
    if (length < 0) return { kind: 'incomplete', missingBytes: -length };
    if (length > here) return { kind: 'incomplete', missingBytes: length - here };
    return { kind: 'batch', batch: decodeBatch(bytes.subarray(position, position + length)) };
  } catch (error) {
    if (error instanceof UnknownFormat) return { kind: 'unknown', reason: error.message };
    if (error instanceof BatchDamaged || error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      return { kind: 'bad', reason: error.message };
    }
    throw error;
  }
}
