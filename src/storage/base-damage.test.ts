/**
 * A start on a folder whose log begins with a checkpoint, and whose bytes were changed from outside. It says what is wrong and
 * changes nothing, or it finds the log, or a prefix of it, and keeps a copy of what it cuts off. `CRASH=full` tries more folders.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Base } from '../core/model/control.ts';
import { UnknownFormat, asBuffer } from '../protocol/batch-codec.ts';
import { checkpointName, isCheckpointName } from './checkpoints/checkpoint-files.ts';
import { isSegmentName } from './format/segment-names.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { recover } from './recovery.ts';
import type { Recovered } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { isFull } from './testing/crashes.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { stateOf } from './testing/log-script.test-support.ts';
import { anyMutation, mutated } from './testing/mutations.test-support.ts';
import { recoveryOptions } from './testing/watched-log.test-support.ts';
import { assertHolds, assertKnows, limits, somethingOfAll, store } from './testing/written-log.test-support.ts';
import type { WrittenLog } from './testing/written-log.test-support.ts';

const numRuns = isFull ? 20_000 : 1500;

function open(disk: CrashDisk, segmentBytesMax = 600): Promise<Recovered> {
  return recover(disk, { ...recoveryOptions, segmentBytesMax, idempotency: limits });
}

interface Healthy {
  readonly log: WrittenLog;
  readonly folder: Folder;
  readonly base: Base;
}

/** A closed log that begins at batch `number`. */
async function healthy(number: number, segmentBytesMax?: number): Promise<Healthy> {
  const log = somethingOfAll();
  const { base } = log.decideBase(number);
  const disk = new CrashDisk(new Map());
  const opened = await open(disk, segmentBytesMax);
  await opened.store.saveState(stateOf(1));
  await store(opened.store, log.batches);
  await opened.store.rebase(log.planAt(number));
  await opened.store.close();
  return { log, folder: disk.state.seenFolder, base };
}

/** Starts, and reads everything. @returns what was found, or the error */
async function tryToOpen(disk: CrashDisk, log: WrittenLog): Promise<Recovered | StorageDamaged | UnknownFormat> {
  try {
    const opened = await open(disk);
    assert.equal(await assertHolds(opened.store, log), opened.outline.end.number);
    while (!opened.store.isVerified) await opened.store.scrubSome();
    return opened;
  } catch (error) {
    if (error instanceof StorageDamaged || error instanceof UnknownFormat) return error;
    throw error;
  }
}

/** What the log holds from its base on, and was in the folder, is still there, or in `cut/`. */
function checkNothingIsLost({ log, base }: Healthy, before: Folder, after: Folder): void {
  const isSegment = ([name]: readonly [string, Buffer]): boolean => isSegmentName(name) || name.startsWith('cut/');
  const [was, is] = [before, after].map((folder) => [...folder].filter(isSegment).map(([, content]) => content));
  for (const { bytes, number } of log.batches.slice(base.number)) {
    const isIn = (contents: readonly Buffer[] = []): boolean => contents.some((content) => content.includes(asBuffer(bytes)));
    assert.ok(!isIn(was) || isIn(is), `batch ${number} is kept`);
  }
}

async function check(original: Healthy, folder: Folder): Promise<'refused' | 'found later' | 'whole' | 'shorter'> {
  const { log, base } = original;
  const disk = new CrashDisk(folder);
  const opened = await tryToOpen(disk, log);
  checkNothingIsLost(original, folder, disk.state.seenFolder);
  if (opened instanceof Error) {
    assert.match(opened.message, /\d{20}\.(log|index|checkpoint)|state\.json/, 'an error names the file');
    return disk.events.length === 0 ? 'refused' : 'found later';
  }
  const { outline, forgot } = opened;
  assert.equal(outline.base.number, base.number);
  const isWhole = outline.end.number === log.batches.length;
  assert.ok(isWhole || forgot !== undefined, 'the loss of a noted batch is noticed');
  assertKnows(outline, log, [base]);
  return isWhole ? 'whole' : 'shorter';
}

test('a checkpoint that is missing, cut short, or of which a bit flipped stops the start, and nothing is changed', async () => {
  const original = await healthy(8);
  const name = checkpointName(original.base.number);
  const checkpoint = original.folder.get(name);
  assert.ok(checkpoint !== undefined && checkpoint.length > 400);
  const refused = async (changed: Buffer | undefined): Promise<void> => {
    const rest = [...original.folder].filter(([other]) => other !== name);
    const disk = new CrashDisk(new Map(changed === undefined ? rest : [...rest, [name, changed]]));
    await assert.rejects(open(disk), (error) => error instanceof StorageDamaged && error.message.startsWith(name));
    assert.equal(disk.events.length, 0);
  };
  await refused(undefined);
  await refused(Buffer.concat([checkpoint, Buffer.of(0)]));
  for (let at = 0; at < checkpoint.length; at += 1) {
    await refused(checkpoint.subarray(0, at));
    const flipped = Buffer.from(checkpoint);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    await refused(flipped);
  }
});

test('the checkpoint of another base does not pass for the one at the base', async () => {
  const [original, other] = [await healthy(8), await healthy(6)];
  const foreign = other.folder.get(checkpointName(other.base.number)) ?? Buffer.alloc(0);
  const disk = new CrashDisk(new Map([...original.folder, [checkpointName(original.base.number), foreign]]));
  await assert.rejects(open(disk), /of another base than the state file says/);
});

test('a log with a checkpoint is refused without its state file, even if nothing else is left of it', async () => {
  const { folder } = await healthy(8);
  for (const isKept of [isCheckpointName, (name: string) => isCheckpointName(name) || isSegmentName(name)]) {
    const disk = new CrashDisk(new Map([...folder].filter(([name]) => isKept(name))));
    await assert.rejects(open(disk), StorageDamaged);
    assert.equal(disk.events.length, 0);
  }
});

for (const { number, segmentBytesMax, where } of [
  { number: 8, segmentBytesMax: 600, where: 'in the middle of a segment' },
  { number: 10, segmentBytesMax: 600, where: 'where a segment begins' },
  { number: 18, segmentBytesMax: 600, where: 'near its end' },
  { number: 12, segmentBytesMax: 100_000, where: 'in the middle of its only segment' },
]) {
  test(`a bit that flips in a log that begins ${where} loses nothing that can be kept`, async (t) => {
    const original = await healthy(number, segmentBytesMax);
    const outcomes: Record<string, number> = {};
    for (const [name, content] of original.folder) {
      if (!isSegmentName(name)) continue;
      for (let at = 0; at < content.length; at += isFull ? 1 : 3) {
        const flipped = Buffer.from(content);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
        const outcome = await check(original, new Map([...original.folder, [name, flipped]]));
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }
    t.diagnostic(JSON.stringify(outcomes));
  });

  test(`a log that begins ${where} and was changed on the disk is refused, or found up to the change`, async (t) => {
    const original = await healthy(number, segmentBytesMax);
    const outcomes: Record<string, number> = {};
    const changes = fc.array(anyMutation, { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(changes, async (mutations) => {
        const outcome = await check(original, mutations.reduce(mutated, original.folder));
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }),
      { seed: 1, numRuns },
    );
    t.diagnostic(JSON.stringify(outcomes));
    assert.ok((outcomes['refused'] ?? 0) > numRuns / 10 && (outcomes['shorter'] ?? 0) > numRuns / 100, 'there are all kinds of outcomes');
  });
}
