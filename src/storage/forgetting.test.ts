import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { test } from 'node:test';
import { batchNumber, clusterId, epoch, incarnation, nodeId, offset, storageId } from '../core/model/numbers.ts';
import { readStateFile } from './format/state-file.ts';
import { parseState, serializeState, stateFileName } from './format/state-format.ts';
import { isIndexName, isSegmentName } from './format/segment-names.ts';
import { recover } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { large, marker, playHealthy, small, stateOf } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog, recoveryOptions } from './testing/watched-log.test-support.ts';

async function closed(): Promise<Folder> {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await playHealthy(log, { isClosed: true });
  return disk.state.seenFolder;
}

function lastOf(folder: Folder, isOne: (name: string) => boolean): string {
  return [...folder.keys()].filter(isOne).toSorted().at(-1) ?? '';
}

function without(folder: Folder, ...names: readonly string[]): Folder {
  return new Map([...folder].filter(([name]) => !names.includes(name)));
}

function shortened(folder: Folder, bytes: number): Folder {
  const last = lastOf(folder, isSegmentName);
  return new Map([...folder, [last, (folder.get(last) ?? Buffer.alloc(0)).subarray(0, -bytes)]]);
}

/** The folder with a state file of format 1, which has no note. */
function inFormat1(folder: Folder): Folder {
  const { node, state } = parseState(folder.get(stateFileName) ?? Buffer.alloc(0));
  const { clusterId: cluster, storageId: storage, promisedEpoch, promisedTo } = state;
  const body = { format: 1, node, clusterId: cluster, storageId: storage, promisedEpoch, promisedTo };
  const fields = [1, node, cluster, storage, promisedEpoch, promisedTo?.id ?? null, promisedTo?.incarnation ?? null];
  const checksum = crc32(JSON.stringify(fields)).toString(16).padStart(8, '0');
  return new Map([...folder, [stateFileName, Buffer.from(JSON.stringify({ ...body, checksum }))]]);
}

test('the loss of the end of a closed log is noticed: the storage gets a new id, once, and the log is what is left', async () => {
  const folder = await closed();
  const whole = await openLog(new CrashDisk(folder));
  assert.equal(whole.forgot, undefined);
  const lost = [shortened(folder, 1), shortened(folder, 40), without(folder, lastOf(folder, isSegmentName))];
  for (const [index, less] of lost.entries()) {
    const disk = new CrashDisk(less);
    const opened = await openLog(disk);
    if (index === 0) {
      // The last record is a flush mark: nothing is missing without it.
      assert.deepEqual([opened.forgot, opened.log.length], [undefined, whole.log.length]);
      continue;
    }
    assert.deepEqual(opened.forgot, { epoch: 2, number: whole.log.length - 1, end: whole.end.offset });
    assert.deepEqual(opened.state, { ...whole.state, storageId: 'drawn', promisedTo: null, forgot: opened.forgot });
    assert.ok(opened.log.length < whole.log.length);
    const again = await openLog(new CrashDisk(disk.state.seenFolder));
    assert.deepEqual([again.forgot, again.state], [undefined, opened.state]);
  }
});

test('without a note, an index of the last segment shows that another segment followed', async () => {
  const folder = inFormat1(await closed());
  const last = lastOf(folder, isSegmentName);
  const disk = new CrashDisk(without(folder, last));
  assert.equal(lastOf(disk.state.seenFolder, isIndexName).slice(0, 20), lastOf(disk.state.seenFolder, isSegmentName).slice(0, 20));
  const { forgot, state, end } = await openLog(disk);
  assert.deepEqual([forgot?.number, forgot?.end], [end.number - 1, end.offset]);
  assert.equal(state?.storageId, 'drawn');
  // Several segments are gone, but their indexes are left.
  const [first = ''] = [...folder.keys()].filter(isSegmentName).toSorted();
  const others = [...folder.keys()].filter((name) => isSegmentName(name) && name !== first);
  const most = await openLog(new CrashDisk(without(folder, ...others)));
  assert.ok(most.forgot !== undefined && most.forgot.number > most.end.number);
});

test('what was never flushed is cut off and does not count as forgotten, even if a note was made while it was written', async () => {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  await log.append(marker(1), small(1));
  await log.flush();
  await log.append(small(1), large(1));
  await log.store.note();
  assert.equal((await readStateFile(disk))?.held?.number, 1);
  const opened = await openLog(new CrashDisk(shortened(disk.state.seenFolder, 100)));
  assert.deepEqual([opened.forgot, opened.log.length], [undefined, 3]);
});

test('a copied folder is not expected to hold what its original did', async () => {
  const { forgot, state } = await recover(new CrashDisk(shortened(await closed(), 40)), { ...recoveryOptions, isCopy: true });
  assert.deepEqual([forgot, state?.forgot], [undefined, null]);
});

test('a state of format 1 can be read, without a note of what is flushed, and the next one has format 2', async () => {
  const folder = inFormat1(await closed());
  const disk = new CrashDisk(shortened(folder, 40));
  const opened = await openLog(disk);
  assert.deepEqual([opened.forgot, opened.state?.storageId], [undefined, 's']);
  assert.equal(opened.store.noteWish, 'soon');
  await opened.store.note();
  assert.equal(opened.store.noteWish, undefined);
  assert.match(String(disk.state.seenFolder.get(stateFileName)), /"format": 2/);
  assert.equal((await readStateFile(disk))?.held?.number, opened.log.length - 1);
});

test('after a cut the note names the last batch that is left', async () => {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  await log.append(marker(1), small(1), small(1));
  await log.flush();
  await log.store.note();
  await log.append(small(1));
  await log.flush();
  assert.equal(log.store.noteWish, 'soon');
  await log.cut(2);
  assert.equal((await readStateFile(disk))?.held?.number, 1);
  assert.equal(log.store.noteWish, undefined);
});

test('a flush that ends while the log is cut does not raise the note again', async () => {
  for (let turns = 0; turns < 40; turns += 1) {
    const disk = new CrashDisk(new Map());
    const log = new WatchedLog(disk, await openLog(disk));
    await log.save(stateOf(1));
    await log.append(marker(1), small(1), small(1));
    await log.flush();
    await log.store.note();
    const cutting = log.cut(2);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    // The log worker does this if something was written during the flush before.
    await Promise.all([cutting, log.store.flush()]);
    await log.store.note();
    assert.equal((await readStateFile(disk))?.held?.number, 1, `begun ${turns} turns after the cut`);
  }
});

test('a state fits into its file, however long the names in it are', () => {
  const id = 'i'.repeat(128);
  const most = {
    epoch: epoch(Number.MAX_SAFE_INTEGER),
    number: batchNumber(Number.MAX_SAFE_INTEGER),
    end: offset(Number.MAX_SAFE_INTEGER),
  };
  const promisedTo = { id: nodeId('n'.repeat(63)), incarnation: incarnation(id) };
  const state = { clusterId: clusterId(id), storageId: storageId(id), promisedEpoch: most.epoch, promisedTo, forgot: most };
  const stored = { node: nodeId('n'.repeat(63)), state, held: most };
  const bytes = serializeState(stored);
  assert.ok(bytes.length <= 1024, `${bytes.length}`);
  assert.deepEqual(parseState(bytes), stored);
});
