/** What is cut from a log is kept in cut/, up to a bound. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recover } from './recovery.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { large, stateOf, small } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog, recoveryOptions } from './testing/watched-log.test-support.ts';
import type { RemovedCopies } from './segments/cut-copies.ts';

/** A log with a bound, in which each of these leaders wrote a large batch that the next one did not have. */
async function cutBy(leaders: readonly number[], bytesMax: number, disk = new CrashDisk(new Map())): Promise<RemovedCopies[]> {
  const removed: RemovedCopies[] = [];
  const before = await openLog(disk);
  const options = { ...recoveryOptions, cutCopies: { bytesMax, removed: (each: RemovedCopies) => removed.push(each) } };
  const { store } = await recover(disk, options);
  const log = new WatchedLog(disk, { ...before, store });
  await log.save(stateOf(1));
  for (const leader of leaders) {
    const end = log.end.number;
    await log.append(large(leader), large(leader));
    await log.flush();
    await log.cut(end);
    // So that the next copy is at another place, below that of an earlier one or above.
    if (leader % 2 === 1) await log.append(small(leader));
  }
  return removed;
}

async function copiesOn(disk: CrashDisk): Promise<Map<string, number>> {
  const names = await disk.list('cut');
  return new Map(names.map((name) => [name, disk.state.file(disk.state.names.get(`cut/${name}`) ?? -1).seen.length]));
}

test('without reaching the bound, every copy is kept', async () => {
  const disk = new CrashDisk(new Map());
  assert.deepEqual(await cutBy([1, 2, 3, 4], Number.POSITIVE_INFINITY, disk), []);
  assert.deepEqual(
    [...(await copiesOn(disk)).keys()].map((name) => name.slice(-6)),
    ['-1.log', '-2.log', '-3.log', '-4.log'],
  );
});

test('beyond the bound the oldest copies go first, and it is said which', async () => {
  const all = new CrashDisk(new Map());
  await cutBy([1, 2, 3, 4, 5], Number.POSITIVE_INFINITY, all);
  const sizes = await copiesOn(all);
  const names = [...sizes.keys()].toSorted((a, b) => Number(a.slice(21, -4)) - Number(b.slice(21, -4)));
  const bytesOf = (which: readonly string[]): number => which.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);

  const disk = new CrashDisk(new Map());
  const removed = await cutBy([1, 2, 3, 4, 5], bytesOf(names.slice(-2)), disk);
  assert.deepEqual(new Set((await copiesOn(disk)).keys()), new Set(names.slice(-2)));
  assert.deepEqual(
    removed.flatMap((each) => each.names),
    names.slice(0, 3),
  );
  assert.equal(
    removed.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesOf(names.slice(0, 3)),
  );
});

test('the newest copy is kept, even if it alone exceeds the bound', async () => {
  const disk = new CrashDisk(new Map());
  await cutBy([1, 2, 3], 1, disk);
  assert.deepEqual(
    [...(await copiesOn(disk)).keys()].map((name) => name.slice(-6)),
    ['-3.log'],
  );
});

test('a start with a lower bound removes what is too much, and touches nothing else in the folder', async () => {
  const disk = new CrashDisk(new Map());
  await cutBy([1, 2, 3], Number.POSITIVE_INFINITY, disk);
  const note = await disk.open('cut/why.txt');
  await note.append([Buffer.from('kept by hand')]);
  assert.equal((await cutBy([], 1, disk)).flatMap(({ names }) => names).length, 2);
  assert.deepEqual(
    [...(await copiesOn(disk)).keys()].map((name) => name.slice(-6)),
    ['-3.log', 'hy.txt'],
  );
});

test('a copy is numbered after all others, so that its age can be told, also after a restart', async () => {
  const disk = new CrashDisk(new Map());
  await cutBy([1], Number.POSITIVE_INFINITY, disk);
  await cutBy([2], Number.POSITIVE_INFINITY, disk);
  assert.deepEqual(new Set([...(await copiesOn(disk)).keys()].map((name) => Number(name.slice(21, -4)))), new Set([1, 2]));
});
