/**
 * Crashes the storage after every operation on its disk while its base moves, or while another node's checkpoint replaces its
 * log. `npm test` takes a sample, `CRASH=full` every byte.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Base } from '../core/model/control.ts';
import { batchNumber } from '../core/model/numbers.ts';
import { NoRoom } from '../ports/ports.ts';
import { isCheckpointName } from './checkpoints/checkpoint-files.ts';
import { firstOffsetOf, isIndexName, isSegmentName } from './format/segment-names.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import type { CrashImage, Detail } from './testing/crash-images.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { about, crashesOf, isFull, printOf, sampled } from './testing/crashes.test-support.ts';
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

const detail: Detail = isFull ? 'every byte' : 'boundaries';

function open(disk: CrashDisk): Promise<Recovered> {
  return recover(disk, { ...recoveryOptions, idempotency: limits });
}

/** What a start may find: the log from this base on, and at least and at most so many batches of it. */
interface Allowed {
  readonly base: Base | undefined;
  readonly flushed: number;
  readonly written: number;
}

async function checkStart(image: CrashImage, log: WrittenLog, allowed: readonly Allowed[]): Promise<void> {
  const disk = new CrashDisk(image.folder);
  const opened = await open(disk);
  const { outline, forgot, state } = opened;
  const { base, end } = outline;
  const isAllowed = allowed.some(
    (each) => (each.base?.number ?? 0) === base.number && end.number >= each.flushed && end.number <= each.written,
  );
  assert.ok(isAllowed, `the log is [${base.number}, ${end.number}), and not one of ${JSON.stringify(allowed)}`);
  assert.deepEqual([forgot, state], [undefined, stateOf(1)], 'nothing was forgotten');
  await checkFolder(disk, opened);
  assert.equal(await assertHolds(opened.store, log), end.number);
  while (!opened.store.isVerified) await opened.store.scrubSome();
  const again = await open(new CrashDisk(disk.state.seenFolder));
  const bases = allowed.flatMap((each) => each.base ?? []);
  assertKnows(outline, log, bases);
  assertKnows(again.outline, log, bases);
  assert.deepEqual([again.outline.base, again.outline.end], [base, end], 'a second start finds the same');
}

/** Nothing is left over from before the base. */
async function checkFolder(disk: CrashDisk, { outline, store: { base } }: Recovered): Promise<void> {
  assert.deepEqual(base, outline.base);
  const files = await disk.list();
  const checkpoints = files.filter(isCheckpointName);
  assert.equal(checkpoints.length, base.number === 0 ? 0 : 1, `one checkpoint: ${checkpoints.join(', ')}`);
  const segments = files.filter(isSegmentName);
  const before = segments.filter((_name, at) => firstOffsetOf(segments[at + 1] ?? '') <= base.offset && base.number > 0);
  assert.deepEqual(before, [], 'no segment lies wholly before the base');
  for (const index of files.filter(isIndexName)) {
    assert.ok(segments.includes(index.replace('index', 'log')), `${index} has a segment`);
  }
}

/** Whatever a start finds, the log goes on from there, and the next start finds that too. */
async function goOn(folder: Folder, log: WrittenLog, bases: readonly Base[]): Promise<void> {
  const disk = new CrashDisk(folder);
  const opened = await open(disk);
  await store(opened.store, log.batches.slice(opened.outline.end.number));
  const { outline } = await open(new CrashDisk(disk.state.seenFolder));
  assert.equal(outline.end.number, log.batches.length);
  assertKnows(outline, log, bases);
}

async function checkAll(
  disk: CrashDisk,
  log: WrittenLog,
  from: number,
  allowed: (eventCount: number) => readonly Allowed[],
): Promise<number> {
  const known = new Set<string>();
  for (const image of sampled(crashesOf(disk, { from, detail }))) {
    const what = allowed(image.eventCount);
    const print = `${printOf(image.folder)} ${JSON.stringify(what)}`;
    if (known.has(print)) continue;
    known.add(print);
    await about(image.how, async () => {
      await checkStart(image, log, what);
      const bases = what.flatMap((each) => each.base ?? []);
      if (known.size % 4 === 0) await goOn(image.folder, log, bases);
    });
  }
  return known.size;
}

async function founded(): Promise<{ readonly disk: CrashDisk; readonly opened: Recovered }> {
  const disk = new CrashDisk(new Map());
  const opened = await open(disk);
  await opened.store.saveState(stateOf(1));
  return { disk, opened };
}

test('a crash while the base moves leaves the log from the base before it or from the new one, and nothing else', async (t) => {
  const log = somethingOfAll();
  const plans = [log.decideBase(6), log.decideBase(11), log.decideBase(log.batches.length - 3)];
  const { disk, opened } = await founded();
  await store(opened.store, log.batches.slice(0, -2));
  const from = disk.events.length;
  disk.flushTurns = 12;
  const marks: { readonly at: number; readonly base: Base | undefined; readonly isDone: boolean }[] = [
    { at: 0, base: undefined, isDone: true },
  ];
  const flushes: { at: number; end: number }[] = [{ at: 0, end: log.batches.length - 2 }];
  const mark = (base: Base, isDone: boolean): unknown => marks.push({ at: disk.events.length, base, isDone });
  for (const [at, plan] of plans.entries()) {
    mark(plan.base, false);
    const rebasing = opened.store.rebase(plan);
    if (at > 0) {
      await store(opened.store, log.batches.slice(log.batches.length - 3 + at, log.batches.length - 2 + at));
      flushes.push({ at: disk.events.length, end: log.batches.length - 2 + at });
    }
    await opened.store.note();
    await rebasing;
    mark(plan.base, true);
  }
  const crashes = await checkAll(disk, log, from, (eventCount) => {
    const past = marks.filter(({ at }) => at <= eventCount);
    const done = past.findLast(({ isDone }) => isDone)?.base;
    const flushed = flushes.findLast(({ at }) => at <= eventCount)?.end ?? 0;
    return [done, past.at(-1)?.base].map((base) => ({ base, flushed, written: log.batches.length }));
  });
  t.diagnostic(`${crashes} different crashes`);
});

/** What a node has before it gets a checkpoint: `end` batches of the log. */
interface Replaced {
  readonly how: string;
  readonly end: number;
  readonly prepare?: (node: Awaited<ReturnType<typeof founded>>, log: WrittenLog) => Promise<void>;
}

const baseNumber = 15;

const replaced: readonly Replaced[] = [
  { how: 'an empty log', end: 0 },
  { how: 'one segment', end: 3 },
  { how: 'several segments', end: 12 },
  { how: 'a log that ends at the base', end: baseNumber },
  {
    how: 'a log whose last segment is empty',
    end: 12,
    prepare: async ({ disk, opened }, log) => {
      const large = log.batches[13];
      assert.ok(large !== undefined);
      const { outline } = await open(new CrashDisk(disk.state.seenFolder));
      // The segment is made, and then there is no room for the batch.
      const huge = new WrittenLog();
      while (huge.batches.length < outline.end.number) huge.batches.push(...log.batches.slice(huge.batches.length, outline.end.number));
      huge.write(step('entries', { textBytes: 700 }));
      disk.capacityBytes = disk.usedBytes + 100;
      await assert.rejects(opened.store.append(huge.batches.slice(-1)), NoRoom);
      disk.capacityBytes = Number.POSITIVE_INFINITY;
    },
  },
  {
    how: 'a log that begins at a base itself',
    end: 12,
    prepare: async ({ opened }, log) => opened.store.rebase(log.planAt(4)),
  },
  {
    how: 'a log of which not everything is flushed',
    end: 12,
    prepare: async ({ opened }, log) => opened.store.append(log.batches.slice(12, 14)),
  },
];

for (const { how, end, prepare } of replaced) {
  test(`a crash while a checkpoint replaces ${how} leaves what was there, or the checkpoint, and the log goes on`, async (t) => {
    const log = somethingOfAll();
    const source = await founded();
    await store(source.opened.store, log.batches);
    const plan = log.planAt(baseNumber);
    await source.opened.store.rebase(plan);
    const checkpoint = await checkpointOf(source.opened.store);

    const node = await founded();
    const { disk, opened } = node;
    if (end > 0) await store(opened.store, log.batches.slice(0, end));
    await prepare?.(node, log);
    const own = opened.store.base.number === 0 ? undefined : log.planAt(opened.store.base.number).base;
    const from = disk.events.length;
    disk.flushTurns = 12;
    for (let position = 0; position < checkpoint.length; position += 500) {
      await opened.store.receiveCheckpoint(position, checkpoint.subarray(position, position + 500));
    }
    const begunAt = disk.events.length;
    const installed = await opened.store.installCheckpoint(log.pointAt(baseNumber));
    const doneAt = disk.events.length;
    assert.deepEqual(installed.base, plan.base);
    assert.deepEqual(await checkpointOf(opened.store), checkpoint);
    assert.deepEqual(await opened.store.readFrom(batchNumber(baseNumber - 1), 1000), []);
    const flushedAt: { at: number; end: number }[] = [{ at: 0, end: baseNumber }];
    for (const until of [baseNumber + 1, baseNumber + 4, log.batches.length]) {
      await store(opened.store, log.batches.slice(flushedAt.at(-1)?.end, until));
      flushedAt.push({ at: disk.events.length, end: until });
      await opened.store.note();
    }
    const crashes = await checkAll(disk, log, from, (eventCount) => {
      const before = { base: own, flushed: end, written: baseNumber };
      if (eventCount < begunAt) return [before];
      if (eventCount < doneAt) return [before, { base: plan.base, flushed: baseNumber, written: baseNumber }];
      const flushed = flushedAt.findLast(({ at }) => at <= eventCount)?.end ?? baseNumber;
      return [{ base: plan.base, flushed, written: log.batches.length }];
    });
    t.diagnostic(`${crashes} different crashes`);
  });
}
