/**
 * The log on a simulated disk as it was written, read without the storage: no indexes, no damage. What the storage reads is
 * compared with it.
 */

import type { AppendKey, Batch } from '../../core/model/batch.ts';
import { forwardLimits, isIdentity } from '../../core/model/forward-identity.ts';
import { isOutOfWindow } from '../../core/log/idempotency-index.ts';
import { LogOutline } from '../../core/log/log-outline.ts';
import type { IdempotencyLimits } from '../../core/log/idempotency-index.ts';
import { markBytes } from '../../storage/format/flush-mark.ts';
import { readRecord } from '../../storage/segments/segment-scan.ts';
import { claim } from './claim.ts';
import type { SimDisk } from './sim-disk.ts';

/**
 * What is on the disk after a start has cut off a torn tail.
 *
 * @param tornBytes - how many bytes at the end of the last segment wait for room to be cut off
 */
export function pristineBatches(disk: SimDisk, tornBytes: number): Batch[] {
  const batches: Batch[] = [];
  const segments = disk.pristineSegments;
  for (const [index, bytes] of segments.entries()) {
    const end = index === segments.length - 1 ? bytes.length - tornBytes : bytes.length;
    for (let at = 0; at < end; ) {
      const record = readRecord(bytes, at);
      claim(record.kind === 'batch' || record.kind === 'mark', () => `what was written can be read: ${JSON.stringify(record)} at ${at}`);
      if (record.kind === 'batch') batches.push(record.batch);
      at += record.kind === 'batch' ? record.batch.bytes.length : markBytes;
    }
  }
  return batches;
}

/**
 * Compares what a start knows of a log with what follows from its batches, one after another.
 *
 * @param batches - from the first one on, with those that only its checkpoint stands for
 */
export function checkOutline(outline: LogOutline, batches: readonly Batch[], limits: IdempotencyLimits): void {
  const expected = new LogOutline(limits);
  for (const batch of batches) {
    expected.append(batch);
    expected.flushed(expected.end.number);
    expected.commit(batch.committedEnd);
  }
  // What a checkpoint stands for is committed.
  expected.commit(outline.base.offset);
  expected.commitBatches(outline.base.number);
  checkControls(outline, expected);
  const [found, wanted] = [factsOf(outline), factsOf(expected)];
  claim(found === wanted, () => `a start knows what is in its log: it has ${found}, and the log says ${wanted}`);
  for (const { keys, age } of batches) {
    for (const key of keys) {
      // An identity that is never sent again may be known or not.
      if (isIdentity(key) && isOutOfWindow(age, outline.lastAge, forwardLimits)) continue;
      const [known, there] = [placeOf(outline, key), placeOf(expected, key)];
      claim(known === there, () => `a start knows the keys in its log: one is at ${there}, and it says ${known}`);
    }
  }
}

function placeOf(outline: LogOutline, key: AppendKey): number | string | undefined {
  const known = outline.findKey(key);
  return known === 'forgotten' ? known : known?.offset;
}

/** A checkpoint may tell of decisions that the log alone does not show to be committed. */
function checkControls({ controls, base }: LogOutline, { controls: expected }: LogOutline): void {
  const firstOffset = Math.max(expected.firstOffset, base.offset);
  claim(controls.firstOffset === firstOffset, () => `a start knows what was trimmed: up to ${firstOffset}, not ${controls.firstOffset}`);
  const [found, wanted, told] = [controls.retention, expected.retention, controls.base?.retention].map((each) =>
    JSON.stringify(each ?? null),
  );
  claim(found === wanted || found === told, () => `a start knows what the cluster keeps: ${wanted}, not ${found}`);
}

function factsOf(outline: LogOutline): string {
  const { shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount } = outline;
  return JSON.stringify({ shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount });
}
