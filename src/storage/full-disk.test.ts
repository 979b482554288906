/** A log without enough bytes, files or descriptors refuses what it cannot do, loses nothing, and goes on later. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, offset } from '../core/model/numbers.ts';
import { NoRoom } from '../ports/ports.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { crashImages } from './testing/crash-images.test-support.ts';
import { DiskState } from './testing/disk-state.test-support.ts';
import { large, stateOf, small } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';

async function founded(): Promise<WatchedLog> {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  return log;
}

test('a flush that waits for a new segment succeeds even if there is no room for that segment', async () => {
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

test('a log can be opened without room for a new reserve', async () => {
  const log = await founded();
  const { disk } = log;
  await disk.remove('reserve');
  disk.capacityBytes = disk.usedBytes;
  const opened = await openLog(disk);
  assert.equal(await opened.store.hasRoomFor(0), false);
});

test('a full disk takes one state file after another, even if others use the room that is given up for them', async () => {
  const log = await founded();
  const { disk, store } = log;
  disk.capacityBytes = disk.usedBytes;
  for (const promised of [2, 3, 4]) {
    await store.saveState(stateOf(promised));
    // An append in between takes all the room that there is.
    disk.capacityBytes = disk.usedBytes;
  }
  const opened = await openLog(disk);
  assert.equal(opened.state?.promisedEpoch, 4);
});

test('a cut without room for its copy leaves the log as it was, and no partial copy', async () => {
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

for (const countsNames of [false, true]) {
  const how = countsNames ? ', even where names count as files' : '';
  test(`when no file can be created, promises and starts work${how}, and appends again when one can`, () => playWithoutFiles(countsNames));
}

async function playWithoutFiles(countsNames: boolean): Promise<void> {
  const log = await founded();
  const { disk, store } = log;
  disk.countsNames = countsNames;
  await log.append(large(1), large(1));
  await log.flush();
  disk.filesMax = disk.fileCount;
  await assert.rejects(store.append([large(1)(log.end)]), { lacks: 'disk space' });
  assert.equal(await store.hasRoomFor(0), false);
  for (const promised of [2, 3, 4]) await store.saveState(stateOf(promised));

  const again = new CrashDisk(disk.state.seenFolder);
  again.filesMax = again.fileCount;
  again.countsNames = countsNames;
  const opened = await openLog(again);
  assert.deepEqual([opened.state?.promisedEpoch, opened.end], [4, log.end]);
  await opened.store.saveState(stateOf(5));
  await assert.rejects(opened.store.append([large(1)(log.end)]), NoRoom);
  again.filesMax = Number.POSITIVE_INFINITY;
  assert.equal(await opened.store.hasRoomFor(0), true);
  await opened.store.append([large(1)(log.end)]);
  assert.equal(await opened.store.flush(), 3);
  assert.equal((await openLog(again)).state?.promisedEpoch, 5);
}

test('a folder without a spare state file uses the reserve as the spare when no file can be created', async () => {
  const log = await founded();
  const { disk } = log;
  // An earlier version left such a folder.
  await disk.remove('state.json.new');
  const old = new CrashDisk(disk.state.seenFolder);
  old.filesMax = old.fileCount;
  const opened = await openLog(old);
  for (const promised of [2, 3]) await opened.store.saveState(stateOf(promised));
  assert.equal((await openLog(old)).state?.promisedEpoch, 3);
});

test('the state file can also be replaced where a file can have only one name', async () => {
  const log = await founded();
  const { disk } = log;
  disk.hasNoLinks = true;
  for (const promised of [2, 3]) await log.save(stateOf(promised));
  disk.capacityBytes = disk.usedBytes;
  for (const promised of [4, 5]) await log.save(stateOf(promised));
  assert.equal((await openLog(disk)).state?.promisedEpoch, 5);
});

test('without a free file descriptor a batch is refused but a promise is saved, and all goes on when there is one', async () => {
  const log = await founded();
  const { disk, store } = log;
  await log.append(large(1), large(1));
  await log.flush();
  const next = large(1)(log.end);
  disk.opensLeft = 0;
  await assert.rejects(store.append([next]), { lacks: 'file descriptors' });
  await store.saveState(stateOf(2));
  assert.equal(await store.hasRoomFor(0), false);
  await assert.rejects(Promise.resolve(store.readFrom(batchNumber(0), 1000)), NoRoom);
  await store.maintain();
  await store.scrubSome();
  disk.opensLeft = Number.POSITIVE_INFINITY;
  await store.append([next]);
  assert.equal(await store.flush(), 3);
  assert.equal((await store.readFrom(batchNumber(0), 1000)).length, 2);
  const opened = await openLog(disk);
  assert.deepEqual([opened.log.length, opened.state?.promisedEpoch], [3, 2]);
});

test('a cut that runs out of file descriptors at any point has cut nothing, and can be done when there are some', async () => {
  for (let opens = 0; ; opens += 1) {
    const log = await founded();
    const { disk, store } = log;
    for (let count = 0; count < 6; count += 1) await log.append(large(1));
    await log.flush();
    disk.opensLeft = opens;
    const point = { number: batchNumber(1), offset: offset(2) };
    const wasCut = await store.cut(point).then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof NoRoom);
        return false;
      },
    );
    disk.opensLeft = Number.POSITIVE_INFINITY;
    if (!wasCut) {
      const image = await openLog(new CrashDisk(disk.state.seenFolder));
      assert.equal(image.log.length, 6);
      await store.cut(point);
    }
    assert.equal((await disk.list('cut')).length, 1, `cut after ${opens} opens`);
    await store.append([large(2)(point)]);
    await store.flush();
    assert.equal((await openLog(disk)).log.length, 2);
    if (wasCut) {
      assert.ok(opens > 3, 'a cut opens some files');
      return;
    }
  }
});

test('a segment that may not grow further is closed, and the next batch begins a new one', async () => {
  const log = await founded();
  const { disk, store } = log;
  disk.fileBytesMax = 350;
  for (let count = 0; count < 8; count += 1) await log.append(small(1));
  await log.flush();
  const huge = large(1)(log.end);
  disk.fileBytesMax = huge.bytes.length - 1;
  await assert.rejects(store.append([huge]), { lacks: 'file size' });
  await log.append(small(1));
  await log.flush();
  const opened = await openLog(disk);
  assert.equal(opened.log.length, 9);
  assert.ok(opened.segments.scanned + opened.segments.fromIndex > 2);
});

/** A folder as a crash could leave it, with something after the last batch. */
async function withTornTail(tail: Buffer): Promise<CrashDisk> {
  const log = await founded();
  await log.append(small(1), small(1));
  await log.flush();
  const [segment = ''] = (await log.disk.list()).filter((name) => name.endsWith('.log'));
  const folder = new Map(log.disk.state.seenFolder);
  folder.set(segment, Buffer.concat([folder.get(segment) ?? Buffer.alloc(0), tail]));
  return new CrashDisk(folder);
}

async function contentOfCut(disk: CrashDisk): Promise<Buffer[]> {
  return (await disk.list('cut')).map((name) => disk.state.seenFolder.get(`cut/${name}`) ?? Buffer.alloc(0));
}

test('a torn tail does not stop a start on a full disk: its copy uses the reserve', async () => {
  const tail = Buffer.alloc(9000, 'half a batch');
  const disk = await withTornTail(tail);
  disk.capacityBytes = disk.usedBytes;
  const opened = await openLog(disk);
  assert.deepEqual([opened.tornBytes, opened.log.length, opened.state?.promisedEpoch], [9000, 2, 1]);
  assert.deepEqual(await contentOfCut(disk), [tail]);
  await opened.store.saveState(stateOf(2));
  const again = await openLog(disk);
  assert.deepEqual([again.tornBytes, again.state?.promisedEpoch], [0, 2]);
});

test('a torn tail larger than the reserve stays through starts until there is room for its copy, and is cut before the next batch', async () => {
  const tail = Buffer.alloc(40_000, 'half a batch');
  const disk = await withTornTail(tail);
  disk.capacityBytes = disk.usedBytes;
  for (const promised of [2, 3]) {
    const { store, log, tornBytes } = await openLog(disk);
    assert.deepEqual([tornBytes, log.length], [40_000, 2]);
    await store.saveState(stateOf(promised));
    await store.maintain();
    await assert.rejects(store.append([small(3)({ number: batchNumber(2), offset: offset(2) })]), NoRoom);
    assert.equal(await store.hasRoomFor(0), false);
    await store.close();
    assert.deepEqual(await contentOfCut(disk), []);
  }
  const opened = await openLog(disk);
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await opened.store.append([small(3)(opened.end)]);
  await opened.store.flush();
  assert.deepEqual(await contentOfCut(disk), [tail]);
  const again = await openLog(disk);
  assert.deepEqual([again.tornBytes, again.log.length, again.state?.promisedEpoch], [0, 3, 3]);
});

test('a crash at any moment of a start on a full disk loses nothing of the log or of a torn tail', async () => {
  const tail = Buffer.alloc(9000, 'half a batch');
  const disk = await withTornTail(tail);
  disk.capacityBytes = disk.usedBytes;
  await openLog(disk);
  const state = new DiskState(disk.start);
  let crashes = 0;
  for (const [index, event] of disk.events.entries()) {
    for (const { folder, how } of crashImages(state, 'boundaries')) {
      const after = new CrashDisk(folder);
      const opened = await openLog(after);
      assert.deepEqual([opened.log.length, opened.state?.promisedEpoch], [2, 1], `event ${index}: ${how}`);
      assert.ok(
        (await contentOfCut(after)).some((copy) => copy.equals(tail)),
        `event ${index}: ${how}`,
      );
      crashes += 1;
    }
    state.apply(event);
  }
  assert.ok(crashes > 100);
});
