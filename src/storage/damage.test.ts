/**
 * A start on a folder whose bytes were changed from outside. It says what is wrong and changes nothing; or it finds a prefix of
 * the log; or what is wrong is found later, in what the start left out. `CRASH=full` tries more folders.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnknownFormat } from '../protocol/batch-codec.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import type { Folder } from './testing/disk-state.test-support.ts';
import { decodeMark, markBytes } from './format/flush-mark.ts';
import { playHealthy } from './testing/log-script.test-support.ts';
import { anyIndexMutation, indexMutated } from './testing/index-mutations.test-support.ts';
import { anyMutation, mutated } from './testing/mutations.test-support.ts';
import { readStateFile } from './format/state-file.ts';
import { parseState, stateFileName } from './format/state-format.ts';
import { isIndexName, isSegmentName } from './format/segment-names.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';
import type { Opened } from './testing/watched-log.test-support.ts';

const runs = process.env['CRASH'] === 'full' ? 40_000 : 1000;

async function healthy(isClosed: boolean): Promise<{ readonly folder: Folder; readonly opened: Opened; readonly noted: number }> {
  const disk = new CrashDisk(new Map());
  await playHealthy(new WatchedLog(disk, await openLog(disk)), { isClosed });
  const folder = disk.state.seenFolder;
  const noted = (await readStateFile(new CrashDisk(folder)))?.held?.number ?? -1;
  return { folder, opened: await openLog(new CrashDisk(folder)), noted };
}

/** Every flush mark of a folder, and the position in it. */
function marksOf(folder: Folder): { readonly bytes: Buffer; readonly flushedPosition: number }[] {
  return [...folder].flatMap(([name, content]) => {
    if (!isSegmentName(name)) return [];
    return Array.from(content, (_byte, at) => ({
      bytes: content.subarray(at, at + markBytes),
      flushedPosition: decodeMark(content, at),
    })).flatMap(({ bytes, flushedPosition }) => (flushedPosition === undefined ? [] : [{ bytes, flushedPosition }]));
  });
}

/** Starts on a changed folder and reads everything that the start left out. @returns what was found, or the error */
async function tryToOpen(disk: CrashDisk): Promise<Opened | StorageDamaged | UnknownFormat> {
  try {
    return await openLog(disk);
  } catch (error) {
    if (error instanceof StorageDamaged || error instanceof UnknownFormat) return error;
    throw error;
  }
}

test('whatever happens to the indexes of a log, the log stays the same, and the indexes are made again', async (t) => {
  const original = await healthy(true);
  const indexes = [...original.folder.keys()].filter(isIndexName);
  assert.ok(indexes.length > 1, 'there are closed segments');
  let fewerIndexed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyIndexMutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const disk = new CrashDisk(mutations.reduce(indexMutated, original.folder));
      const opened = await openLog(disk);
      assert.deepEqual(opened.summary, original.opened.summary);
      assert.ok(opened.log.every((bytes, number) => bytes.equals(original.opened.log[number] ?? Buffer.alloc(0))));
      assert.equal(opened.log.length, original.opened.log.length);
      if (opened.segments.fromIndex < indexes.length) fewerIndexed += 1;
      for (const name of indexes) assert.deepEqual(disk.state.seenFolder.get(name), original.folder.get(name), `${name} is as it was`);
      assert.deepEqual([...disk.state.names.keys()].filter(isIndexName).toSorted(), indexes);
    }),
    { seed: 1, numRuns: runs },
  );
  t.diagnostic(`${fewerIndexed} of ${runs} starts had to read a closed segment`);
  assert.ok(fewerIndexed > runs / 4);
});

test('an index that the disk can no longer read counts as missing', async () => {
  const original = await healthy(true);
  const disk = new CrashDisk(original.folder);
  const readFile = disk.readFile.bind(disk);
  disk.readFile = async (name, part) => {
    if (isIndexName(name)) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    return readFile(name, part);
  };
  const opened = await openLog(disk);
  assert.equal(opened.segments.fromIndex, 0);
  assert.deepEqual(opened.summary, original.opened.summary);
});

for (const isClosed of [true, false]) {
  const words = isClosed ? 'that was closed' : 'whose end no mark covers';
  const original = await healthy(isClosed);
  const marks = marksOf(original.folder);

  test(`a log ${words} and that was changed on the disk is refused and left alone, or found up to the change`, async (t) => {
    const outcomes = { refused: 0, foundLater: 0, whole: 0, shorter: 0, forgotten: 0 };
    const property = async (folder: Folder): Promise<void> => {
      const disk = new CrashDisk(folder);
      const opened = await tryToOpen(disk);
      if (opened instanceof Error) {
        assert.match(opened.message, /\d{20}\.(log|index)|state\.json/, 'an error names the file');
        outcomes[disk.events.length === 0 ? 'refused' : 'foundLater'] += 1;
        // A start that is refused changes nothing. If the damage is found later, the start has at most cut a torn tail.
        if (disk.events.length > 0) checkOnlyTheTailIsCut(folder, disk.state.seenFolder);
        return;
      }
      const isWhole = opened.log.length === original.opened.log.length;
      outcomes[isWhole ? 'whole' : 'shorter'] += 1;
      assert.ok(
        opened.log.every((bytes, number) => bytes.equals(original.opened.log[number] ?? Buffer.alloc(0))),
        'no batch has changed',
      );
      if (opened.state === undefined) assert.equal(opened.log.length, 0, 'only an empty log has no state');
      else if (opened.forgot === undefined) assert.deepEqual(opened.state, original.opened.state);
      else assert.deepEqual(opened.state, { ...original.opened.state, storageId: 'drawn', promisedTo: null, forgot: opened.forgot });
      if (opened.state !== undefined && opened.log.length <= original.noted)
        assert.ok(opened.forgot !== undefined, 'the loss of a noted batch is noticed');
      if (opened.forgot !== undefined) outcomes.forgotten += 1;
      if (!isWhole) checkNothingVouchedForIsLost(folder, disk.state.seenFolder);
      const again = await openLog(disk);
      assert.deepEqual([again.summary, again.state], [opened.summary, opened.state], 'a second start finds the same');
      assert.equal(again.forgot, undefined);
    };
    const changes = fc.array(anyMutation, { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(changes, (mutations) => property(mutations.reduce(mutated, original.folder))),
      { seed: 1, numRuns: runs },
    );
    t.diagnostic(JSON.stringify(outcomes));
    assert.ok(outcomes.foundLater > runs / 100, 'some damage is in what a start does not read');
    assert.ok(
      outcomes.refused > runs / 10 && outcomes.whole > runs / 100 && outcomes.shorter > runs / 100,
      'the changes have all kinds of outcomes',
    );
    assert.ok(outcomes.forgotten > runs / 100, 'some of what is lost was known to be flushed');
  });

  /** The state and all segments are unchanged, except for a cut at the end of the last one, and the id of a storage that forgot. */
  const checkOnlyTheTailIsCut = (before: Folder, after: Folder): void => {
    const names = [...before.keys()].filter(isSegmentName).toSorted();
    for (const name of names) {
      const was = before.get(name);
      const is = after.get(name);
      const isTail = name === names.filter(isSegmentName).at(-1);
      assert.ok(is !== undefined && was !== undefined && (isTail ? was.subarray(0, is.length) : was).equals(is), `${name} is as it was`);
    }
    const [was, is] = [before, after].map((folder) => parseState(folder.get(stateFileName) ?? Buffer.alloc(0)).state);
    if (is?.forgot === null) assert.deepEqual(is, was);
    else assert.deepEqual(is, { ...was, storageId: 'drawn', promisedTo: null, forgot: is?.forgot });
    checkNothingVouchedForIsLost(before, after);
  };

  /** What a start cuts off is covered by no mark that can still be read, and is kept in `cut/`. */
  const checkNothingVouchedForIsLost = (before: Folder, after: Folder): void => {
    const last = [...before.keys()].filter(isSegmentName).toSorted().at(-1);
    if (last === undefined) return;
    const validEnd = after.get(last)?.length ?? 0;
    const tail = (before.get(last) ?? Buffer.alloc(0)).subarray(validEnd);
    for (const { bytes, flushedPosition } of marks) {
      assert.ok(flushedPosition <= validEnd || !tail.includes(bytes), `a mark for position ${flushedPosition} is cut off at ${validEnd}`);
    }
    const archives = [...after].filter(([name]) => name.startsWith('cut/')).map(([, content]) => content);
    assert.ok(tail.every((byte) => byte === 0) || archives.some((archive) => archive.includes(tail)), 'what was cut off is in cut/');
  };
}
