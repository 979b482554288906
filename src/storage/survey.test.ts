/** What would go from a log: judged by segments, exact to the batch. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, logAge, offset, timestampMs } from '../core/model/numbers.ts';
import { SparseIndex } from './format/sparse-index.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { large, small, stateOf } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';
import { survey } from './survey.ts';

const nothing = { olderThan: undefined, bytesMax: undefined, before: offset(0) };

async function written(count: number): Promise<WatchedLog> {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  for (let n = 0; n < count; n += 1) await log.append(n % 3 === 0 ? large(1) : small(1));
  await log.flush();
  return log;
}

test('for its age goes what is older, to the batch, and everything if all is older', async () => {
  const log = await written(30);
  const batches = [...(await log.store.readFrom(batchNumber(0), Number.POSITIVE_INFINITY))];
  let read = batches.length;
  while (read < log.end.number) {
    const more = await log.store.readFrom(batchNumber(read), Number.POSITIVE_INFINITY);
    batches.push(...more);
    read += more.length;
  }
  for (const at of [0, 1, 7, 15, 29]) {
    const batch = batches[at];
    assert.ok(batch !== undefined);
    const found = await log.store.survey({ ...nothing, olderThan: batch.timestamp });
    const first = batches.find(({ timestamp }) => timestamp >= batch.timestamp);
    assert.equal(found.ofAge, first?.baseOffset);
  }
  assert.equal((await log.store.survey({ ...nothing, olderThan: timestampMs(1_000_000) })).ofAge, log.end.offset);
});

test('a segment that has no batch yet does not make the others look old', async () => {
  const point = (number: number) => ({ number: batchNumber(number), offset: offset(number) });
  const time = (at: number) => ({ lastTimestamp: timestampMs(at), lastAge: logAge(0) });
  const empty = { name: '00000000000000000009.log', start: point(9), end: point(9), size: 0, ...time(0) };
  const log = { disk: new CrashDisk(new Map()), segments: [empty], base: point(9), positionsOf: () => new SparseIndex(point(9)) };
  assert.equal((await survey(log, { ...nothing, olderThan: timestampMs(5) })).ofAge, undefined);
});

test('for the size goes, from the oldest batch on, what is too much', async () => {
  const log = await written(30);
  const { storedBytes } = await log.store.survey(nothing);
  assert.equal((await log.store.survey({ ...nothing, bytesMax: storedBytes })).ofBytes, undefined);
  const { ofBytes } = await log.store.survey({ ...nothing, bytesMax: Math.floor(storedBytes / 2) });
  assert.ok(ofBytes !== undefined && ofBytes > 0 && ofBytes < log.end.offset);
  assert.equal((await log.store.survey({ ...nothing, bytesMax: 0 })).ofBytes, log.end.offset);
});
