/** A base that moves beside reads, cuts, the scrubber and a disk without room. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch } from '../core/model/batch.ts';
import { batchNumber, offset } from '../core/model/numbers.ts';
import { NoRoom } from '../ports/ports.ts';
import { asBuffer } from '../protocol/batch-codec.ts';
import { isCheckpointName } from './checkpoints/checkpoint-files.ts';
import { readStateFile } from './format/state-file.ts';
import { firstOffsetOf, isSegmentName } from './format/segment-names.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { MemoryLog } from './memory-log.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import type { SegmentedLog } from './segmented-log.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { stateOf } from './testing/log-script.test-support.ts';
import { recoveryOptions } from './testing/watched-log.test-support.ts';
import {
  WrittenLog,
  assertHolds,
  assertKnows,
  checkpointOf,
  limits,
  somethingOfAll,
  step,
  store,
} from './testing/written-log.test-support.ts';

function open(disk: CrashDisk): Promise<Recovered> {
  return recover(disk, { ...recoveryOptions, idempotency: limits });
}

async function holding(log: WrittenLog, count = log.batches.length): Promise<{ readonly disk: CrashDisk; readonly opened: Recovered }> {
  const disk = new CrashDisk(new Map());
  const opened = await open(disk);
  await opened.store.saveState(stateOf(1));
  await store(opened.store, log.batches.slice(0, count));
  return { disk, opened };
}

/** What another node with this log sends at this base. */
async function checkpointAt(log: WrittenLog, number: number): Promise<Buffer> {
  const { store: source } = (await holding(log)).opened;
  await source.rebase(log.planAt(number));
  return checkpointOf(source);
}

/** The disk becomes full, or has no descriptor left, a little later each time, until the work succeeds. */
async function whileScarce(
  disk: CrashDisk,
  scarce: (room: number) => void,
  work: () => Promise<unknown>,
  refused: () => Promise<void>,
): Promise<number> {
  for (let room = 0; ; room += 1) {
    scarce(room);
    const isDone = await work().then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof NoRoom, String(error));
        return false;
      },
    );
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    disk.opensLeft = Number.POSITIVE_INFINITY;
    disk.filesMax = Number.POSITIVE_INFINITY;
    if (isDone) return room;
    await refused();
  }
}

const base = 11;
const late = 17;

for (const lacks of ['bytes', 'files', 'file descriptors'] as const) {
  test(`a base that finds too few ${lacks} at any moment has changed nothing, and can be moved when there is room`, async () => {
    const log = somethingOfAll();
    const { disk, opened } = await holding(log);
    const plan = log.planAt(base);
    const scarce = (room: number): void => {
      if (lacks === 'bytes') disk.capacityBytes = disk.usedBytes + room * 97;
      else if (lacks === 'files') disk.filesMax = disk.fileCount + room;
      else disk.opensLeft = room;
    };
    const refusals = await whileScarce(
      disk,
      scarce,
      () => opened.store.rebase(plan),
      async () => {
        assert.deepEqual(opened.store.base, log.pointAt(0));
        assert.deepEqual((await disk.list()).filter(isCheckpointName), [], 'no part of a checkpoint is left');
        assert.equal(await assertHolds(opened.store, log), log.batches.length);
        const { outline } = await open(new CrashDisk(disk.state.seenFolder));
        assert.equal(outline.base.number, 0);
      },
    );
    assert.ok(refusals > 0, 'it needs room');
    assert.equal(opened.store.base.number, base);
    assertKnows((await open(disk)).outline, log, [plan.base]);
  });

  test(`a checkpoint that finds too few ${lacks} at any moment replaces nothing, and replaces the log when there is room`, async () => {
    const log = somethingOfAll();
    const checkpoint = await checkpointAt(log, base);
    const { disk, opened } = await holding(log, 7);
    const { store: target } = opened;
    await target.receiveCheckpoint(0, checkpoint);
    const scarce = (room: number): void => {
      if (lacks === 'bytes') disk.capacityBytes = disk.usedBytes + room * 97;
      else if (lacks === 'files') disk.filesMax = disk.fileCount + room;
      else disk.opensLeft = room;
    };
    await whileScarce(
      disk,
      scarce,
      () => target.installCheckpoint(log.pointAt(base)),
      async () => {
        assert.equal(target.base.number, 0);
        const { outline } = await open(new CrashDisk(disk.state.seenFolder));
        assert.deepEqual([outline.base.number, outline.end.number], [0, 7]);
      },
    );
    assert.equal(target.base.number, base);
    // Even on a disk that is full now, the node can promise, and the log goes on when there is room.
    disk.capacityBytes = disk.usedBytes;
    await target.saveState(stateOf(2));
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await store(target, log.batches.slice(base));
    const { outline, state } = await open(disk);
    assertKnows(outline, log, [log.planAt(base).base]);
    assert.deepEqual(state, stateOf(2));
  });
}

test('a received checkpoint that is damaged, incomplete, or of another base changes nothing', async () => {
  const log = somethingOfAll();
  const checkpoint = await checkpointAt(log, base);
  const { disk, opened } = await holding(log, 7);
  const { store: target } = opened;
  const flipped = Buffer.from(checkpoint);
  flipped.writeUInt8(flipped.readUInt8(200) ^ 4, 200);
  const other = await checkpointAt(log, base - 1);
  for (const bytes of [flipped, checkpoint.subarray(0, -1), Buffer.concat([checkpoint, checkpoint]), other]) {
    await target.receiveCheckpoint(0, bytes.subarray(0, 100));
    await target.receiveCheckpoint(100, bytes.subarray(100));
    await assert.rejects(target.installCheckpoint(log.pointAt(base)), StorageDamaged);
    assert.equal(target.base.number, 0);
    assert.equal(await assertHolds(target, log), 7);
  }
  const again = new CrashDisk(disk.state.seenFolder);
  assertKnows((await open(again)).outline, log, []);
  assert.deepEqual((await again.list()).filter(isCheckpointName), [], 'a start removes what was received');
});

/** Moves the base of a log, a while after the work began that reads its segments, and then checks that they stay away. */
async function rebasedBeside(
  log: WrittenLog,
  turns: number,
  work: (from: SegmentedLog, isOver: () => boolean) => Promise<unknown>,
): Promise<void> {
  const { disk } = await holding(log);
  const { store: from } = await open(disk);
  const openNow = disk.open.bind(disk);
  disk.open = async (name) => {
    // A file is opened, and made if it is not there, a while after it was asked for.
    if (isSegmentName(name)) for (let turn = 0; turn < turns * 2; turn += 1) await Promise.resolve();
    return openNow(name);
  };
  let isOver = false;
  const working = work(from, () => isOver);
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  await from.rebase(log.planAt(late));
  isOver = true;
  await working;
  const segments = (await disk.list()).filter(isSegmentName);
  assert.ok(firstOffsetOf(segments[1] ?? '') > log.pointAt(late).offset, `no segment is back: ${segments.join(', ')}`);
}

test('reads that run while segments go find what was there, or nothing, and bring no file back', async () => {
  const log = somethingOfAll();
  for (let turns = 0; turns < 60; turns += 3) {
    await rebasedBeside(log, turns, async (from, isOver) => {
      const read = async ({ number, baseOffset }: Batch, at: number): Promise<void> => {
        while (!isOver()) {
          const [first] = at % 2 === 0 ? await from.readFrom(number, 1) : await from.readEntriesFrom(baseOffset, 1);
          if (first === undefined) assert.ok(number < late || baseOffset === log.end.offset, 'what stays can be read');
          else assert.ok(asBuffer(first.bytes).equals(asBuffer(log.batches[first.number]?.bytes ?? Buffer.alloc(0))));
          if (first !== undefined && at % 2 === 0) assert.equal(first.number, number);
          await Promise.resolve();
        }
      };
      await Promise.all(log.batches.map(read));
      assert.deepEqual(await from.readFrom(batchNumber(late - 1), 1000), []);
      assert.deepEqual(await from.readEntriesFrom(offset(0), 1000), []);
    });
  }
});

test('the scrubber, in the middle of a segment that goes, does not bring it back, and comes to its end', async () => {
  const log = somethingOfAll();
  for (let turns = 0; turns < 60; turns += 1) {
    await rebasedBeside(log, turns, async (from) => {
      while (!from.isVerified) await from.scrubSome();
    });
  }
});

test('a log can be cut to exactly its base, and goes on from there, after a base, an install, and a start', async () => {
  const log = somethingOfAll();
  const plan = log.planAt(base);
  const { lastTimestamp, lastAge } = plan.base;
  for (const how of ['rebased', 'installed', 'started'] as const) {
    const { disk, opened } = await holding(log, how === 'installed' ? 7 : log.batches.length);
    let { store: target } = opened;
    if (how === 'installed') {
      await target.receiveCheckpoint(0, await checkpointAt(log, base));
      await target.installCheckpoint(log.pointAt(base));
      const alone = await target.cut(log.pointAt(base));
      assert.deepEqual([alone.lastTimestamp, alone.lastAge], [lastTimestamp, lastAge], 'with nothing behind it');
      await store(target, log.batches.slice(base, base + 3));
    } else await target.rebase(plan);
    if (how === 'started') target = (await open(disk)).store;
    const time = await target.cut(log.pointAt(base));
    assert.deepEqual([time.lastTimestamp, time.lastAge], [lastTimestamp, lastAge], how);
    const cut = await open(new CrashDisk(disk.state.seenFolder));
    assert.deepEqual([cut.outline.base.number, cut.outline.end.number, cut.forgot], [base, base, undefined]);
    assertKnows(cut.outline, log, [plan.base]);
    await store(target, log.batches.slice(base));
    assertKnows((await open(disk)).outline, log, [plan.base]);
  }
});

test('a base behind the one where a checkpoint was installed meanwhile changes nothing', async () => {
  const log = somethingOfAll();
  const { opened } = await holding(log, 9);
  const memory = new MemoryLog({ freedBytesMin: 1 });
  await store(memory, log.batches.slice(0, 9));
  const checkpoint = await checkpointAt(log, base);
  for (const target of [opened.store, memory]) {
    await target.receiveCheckpoint(0, checkpoint);
    // Both are asked for before either is done.
    await Promise.all([target.rebase(log.planAt(5)), target.installCheckpoint(log.pointAt(base)), target.rebase(log.planAt(8))]);
    assert.deepEqual(target.base, log.pointAt(base));
    assert.deepEqual(await checkpointOf(target), checkpoint);
    await store(target, log.batches.slice(base));
    assert.equal(await assertHolds(target, log), log.batches.length);
  }
});

test('in memory, a checkpoint that comes while the base moves is installed after that', async () => {
  const log = WrittenLog.of(Array.from({ length: 3000 }, () => step('keyed', { textBytes: 1, minutes: 0 })));
  const source = new MemoryLog();
  await store(source, log.batches);
  await source.rebase(log.planAt(2900));
  const target = new MemoryLog();
  await store(target, log.batches.slice(0, 2800));
  await target.receiveCheckpoint(0, await checkpointOf(source));
  await Promise.all([target.rebase(log.planAt(2700)), target.installCheckpoint(log.pointAt(2900))]);
  assert.deepEqual(target.base, log.pointAt(2900));
  assert.deepEqual(await checkpointOf(target), await checkpointOf(source));
  await store(target, log.batches.slice(2900));
  assert.equal(await assertHolds(target, log), log.batches.length);
});

test('the state of a log without a base is written in the format of earlier versions, and with one in the next', async () => {
  const log = somethingOfAll();
  const { disk, opened } = await holding(log);
  assert.match(String(disk.state.seenFolder.get('state.json')), /"format": 2/);
  await opened.store.rebase(log.planAt(base));
  assert.match(String(disk.state.seenFolder.get('state.json')), /"format": 3/);
  const { bytes, number } = (await readStateFile(disk))?.base ?? {};
  assert.deepEqual([bytes, number], [opened.store.checkpointBytes, base]);
});
