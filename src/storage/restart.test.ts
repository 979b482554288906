/** Bugs of earlier versions: starts after a process was killed, with and without a power failure afterwards. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { crashImages } from './testing/crash-images.test-support.ts';
import type { DiskEvent } from './testing/disk-state.test-support.ts';
import { marker, stateOf, small } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';

async function founded(): Promise<WatchedLog> {
  const disk = new CrashDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  await log.append(marker(1));
  await log.flush();
  return log;
}

/** The disk of a process that was killed right after the last event of this kind. */
function killedAfter(disk: CrashDisk, kind: DiskEvent['kind']): CrashDisk {
  return new CrashDisk(disk.start, disk.events.slice(0, disk.events.findLastIndex((event) => event.kind === kind) + 1));
}

test('a batch of which a crash left three bytes and zeros is a torn tail, not an unknown format', async () => {
  const { disk, end } = await founded();
  const name = '00000000000000000000.log';
  const folder = new Map(disk.state.seenFolder);
  folder.set(name, Buffer.concat([folder.get(name) ?? Buffer.alloc(0), Buffer.from('RLB'), Buffer.alloc(61)]));
  const opened = await openLog(new CrashDisk(folder));
  assert.equal(opened.log.length, end.number);
  assert.equal(opened.tornBytes, 64);
});

test('a promise that a start found after a kill is not lost when the power fails next', async () => {
  const log = await founded();
  await log.save(stateOf(2));
  const killed = killedAfter(log.disk, 'renamed');
  const opened = await openLog(killed);
  assert.equal(opened.state?.promisedEpoch, 2);
  for (const { folder, how } of crashImages(killed.state, 'boundaries')) {
    assert.deepEqual((await openLog(new CrashDisk(folder))).state, opened.state, how);
  }
});

test('a cut of the whole log that a kill interrupted leaves nothing that looks like damage after the next crash', async () => {
  const log = await founded();
  for (let n = 0; n < 3; n += 1) {
    await log.append(small(1));
    await log.flush();
  }
  await log.store.maintain();
  await log.cut(0);
  const killed = killedAfter(log.disk, 'truncated');
  const next = new WatchedLog(killed, await openLog(killed));
  assert.equal(next.end.number, 0);
  await next.append(marker(2), small(2));
  for (const { folder } of crashImages(killed.state, 'boundaries')) {
    const found = await openLog(new CrashDisk(folder));
    assert.ok(found.end.number <= next.end.number);
  }
});
