/**
 * The log on a simulated disk as it was written, read without the storage: no indexes, no damage. What the storage reads is
 * compared with it.
 */

import type { AppendKey, Batch } from '../../core/model/batch.ts';
import { forwardLimits, isIdentity } from '../../core/model/forward-identity.ts';
import { isOutOfWindow } from '../../core/log/idempotency-index.ts';
import { LogOutline } from '../../core/log/log-outline.ts';
import type { IdempotencyLimits } from '../../core/log/idempotency-index.ts';
import { batchNumber } from '../../core/model/numbers.ts';
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
  // What a checkpoint stands for is committed, and so is the decision to make it, if it is here already.
  const decision = batches.findLast(({ control }) => control?.kind === 'base' && control.base.number === outline.base.number);
  expected.commit(outline.base.offset);
  expected.commitBatches(batchNumber(decision === undefined ? outline.base.number : decision.number + 1));
  const isDecided = outline.base.number === 0 || decision !== undefined;
  const [found, wanted] = [factsOf(outline, isDecided), factsOf(expected, isDecided)];
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

/** @param isDecided - otherwise what the checkpoint says of decisions is not yet in the log */
function factsOf(outline: LogOutline, isDecided: boolean): string {
  const { shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount, controls } = outline;
  const { firstOffset, retention, base } = controls;
  const decided = isDecided ? { firstOffset, retention, base } : {};
  return JSON.stringify({ shape, durable, committedEnd, list, listNumber, lastTimestamp, tip, keyCount, ...decided });
}
