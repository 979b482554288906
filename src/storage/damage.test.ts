/**
 * A start on a folder whose bytes were changed behind its back: it says what is wrong and leaves everything as it is,
 * or it finds a prefix of the log. `CRASH=full` tries more folders.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnknownFormat } from '../protocol/batch-codec.ts';
import { CrashDisk } from './crash-disk.test-support.ts';
import type { Folder } from './disk-state.test-support.ts';
import { decodeMark, markBytes } from './flush-mark.ts';
import { playHealthy } from './log-script.test-support.ts';
import { anyMutation, mutated } from './mutations.test-support.ts';
import { isSegmentName } from './segment.ts';
import { StorageDamaged } from './storage-damaged.ts';
import { WatchedLog, openLog } from './watched-log.test-support.ts';
import type { Opened } from './watched-log.test-support.ts';

const runs = process.env['CRASH'] === 'full' ? 40_000 : 1000;

async function healthy(isClosed: boolean): Promise<{ readonly folder: Folder; readonly opened: Opened }> {
  const disk = new CrashDisk(new Map());
  await playHealthy(new WatchedLog(disk, await openLog(disk)), { isClosed });
  const folder = disk.state.seenFolder;
  return { folder, opened: await openLog(new CrashDisk(folder)) };
}

/** Every flush mark of a folder, and what it says. */
function marksOf(folder: Folder): { readonly bytes: Buffer; readonly flushedPosition: number }[] {
  return [...folder].flatMap(([name, content]) => {
    if (!isSegmentName(name)) return [];
    return Array.from(content, (_byte, at) => ({
      bytes: content.subarray(at, at + markBytes),
      flushedPosition: decodeMark(content, at),
    })).flatMap(({ bytes, flushedPosition }) => (flushedPosition === undefined ? [] : [{ bytes, flushedPosition }]));
  });
}

/** What a start made of a changed folder: what it found, or why it found nothing. */
async function tryToOpen(disk: CrashDisk): Promise<Opened | StorageDamaged | UnknownFormat> {
  try {
    return await openLog(disk);
  } catch (error) {
    if (error instanceof StorageDamaged || error instanceof UnknownFormat) return error;
    throw error;
  }
}

for (const isClosed of [true, false]) {
  const words = isClosed ? 'that was closed' : 'that ends in what no mark speaks of';
  const original = await healthy(isClosed);
  const marks = marksOf(original.folder);

  test(`a log ${words} and was changed on the disk is refused and left alone, or found up to the change`, async (t) => {
    const outcomes = { refused: 0, whole: 0, shorter: 0 };
    const property = async (folder: Folder): Promise<void> => {
      const disk = new CrashDisk(folder);
      const opened = await tryToOpen(disk);
      if (opened instanceof Error) {
        outcomes.refused += 1;
        assert.match(opened.message, /\d{20}\.log|state\.json/, 'an error names the file');
        assert.deepEqual(disk.events, [], 'a start that is refused changes nothing');
        return;
      }
      const isWhole = opened.log.length === original.opened.log.length;
      outcomes[isWhole ? 'whole' : 'shorter'] += 1;
      assert.ok(
        opened.log.every((bytes, number) => bytes.equals(original.opened.log[number] ?? Buffer.alloc(0))),
        'no batch is another one',
      );
      if (opened.record === undefined) assert.equal(opened.log.length, 0, 'only an empty log has no record');
      else assert.deepEqual(opened.record, original.opened.record);
      if (!isWhole) checkNothingVouchedForIsLost(folder, disk.state.seenFolder);
      assert.deepEqual((await openLog(disk)).summary, opened.summary, 'starting twice is starting once');
    };
    const changes = fc.array(anyMutation, { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(changes, (mutations) => property(mutations.reduce(mutated, original.folder))),
      { seed: 1, numRuns: runs },
    );
    t.diagnostic(JSON.stringify(outcomes));
    assert.ok(outcomes.refused > runs / 10 && outcomes.whole > runs / 100 && outcomes.shorter > runs / 100, 'the changes are of all kinds');
  });

  /** What a start cuts off was never spoken of by a mark that can still be read, and is kept in `cut/`. */
  const checkNothingVouchedForIsLost = (before: Folder, after: Folder): void => {
    const last = [...before.keys()].filter(isSegmentName).toSorted().at(-1);
    if (last === undefined) return;
    const validEnd = after.get(last)?.length ?? 0;
    const tail = (before.get(last) ?? Buffer.alloc(0)).subarray(validEnd);
    for (const { bytes, flushedPosition } of marks) {
      assert.ok(flushedPosition <= validEnd || !tail.includes(bytes), `a mark that speaks of ${flushedPosition} is cut off at ${validEnd}`);
    }
    const archives = [...after].filter(([name]) => name.startsWith('cut/')).map(([, content]) => content);
    assert.ok(tail.every((byte) => byte === 0) || archives.some((archive) => archive.includes(tail)), 'what was cut off is in cut/');
  };
}
