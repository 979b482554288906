/** A log on a disk that has not a byte left, not even for one more file: what it once got wrong. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, offset } from '../core/numbers.ts';
import { NoRoom } from '../ports.ts';
import { CrashDisk } from './crash-disk.test-support.ts';
import { large, recordOf, small } from './log-script.test-support.ts';
import { WatchedLog, openLog } from './watched-log.test-support.ts';

async function founded(): Promise<WatchedLog> {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(recordOf(1));
  return log;
}

test('a flush that waits for a new segment succeeds when there is no room for that segment', async () => {
  const log = await founded();
  const { disk, store } = log;
  disk.flushTurns = 12;
  await log.append(large(1));
  await log.append(small(1));
  const earlier = store.flush();
  await log.append(small(1));
  disk.capacityBytes = disk.usedBytes;
  const next = large(1)(log.end);
  const refused = assert.rejects(store.append([next]), NoRoom);
  await earlier;
  assert.equal(await store.flush(), 3);
  await refused;
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await store.append([next]);
  assert.equal(await store.flush(), 4);
});

test('a log can be opened where there is no room for a new reserve', async () => {
  const log = await founded();
  const { disk } = log;
  await disk.remove('reserve');
  disk.capacityBytes = disk.usedBytes;
  const opened = await openLog(disk);
  assert.equal(await opened.store.freeBytes(), 0);
});

test('a full disk takes one state file after the other, whoever takes the room that is given up for them', async () => {
  const log = await founded();
  const { disk, store } = log;
  disk.capacityBytes = disk.usedBytes;
  for (const promised of [2, 3, 4]) {
    await store.saveRecord(recordOf(promised));
    // An append that comes in between takes what room there is.
    disk.capacityBytes = disk.usedBytes;
  }
  const opened = await openLog(disk);
  assert.equal(opened.record?.promisedEpoch, 4);
});

test('a cut for which there is no room leaves the log as it was, and no half copy', async () => {
  const log = await founded();
  const { disk, store } = log;
  for (let count = 0; count < 4; count += 1) await log.append(large(1));
  await store.flush();
  disk.capacityBytes = disk.usedBytes + 100;
  await assert.rejects(store.cut({ number: batchNumber(1), offset: offset(1) }), NoRoom);
  assert.deepEqual(await disk.list('cut'), []);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await store.cut({ number: batchNumber(1), offset: offset(1) });
  assert.equal((await disk.list('cut')).length, 1);
  assert.equal((await openLog(disk)).log.length, 1);
});
