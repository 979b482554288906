/** After a flush that failed nobody knows what is on the disk, and the next one may say that all is well. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskFile } from '../ports/ports.ts';
import { isSegmentName } from './format/segment-names.ts';
import { CrashDisk } from './testing/crash-disk.test-support.ts';
import { large, small, stateOf } from './testing/log-script.test-support.ts';
import { WatchedLog, openLog } from './testing/watched-log.test-support.ts';

/** A disk on which flushes of segments fail while it is told so. */
class FailingDisk extends CrashDisk {
  failsFlushes = false;

  override async open(name: string): Promise<DiskFile> {
    const file = await super.open(name);
    if (!isSegmentName(name)) return file;
    const flush = file.flush.bind(file);
    file.flush = () => (this.failsFlushes ? Promise.reject(new Error('the disk failed to flush')) : flush());
    return file;
  }
}

async function founded(): Promise<{ readonly log: WatchedLog; readonly disk: FailingDisk }> {
  const disk = new FailingDisk(new Map());
  const log = new WatchedLog(disk, await openLog(disk));
  await log.save(stateOf(1));
  await log.append(small(1));
  await log.flush();
  return { log, disk };
}

test('after a flush that failed no flush succeeds, and closing the log writes nothing that says otherwise', async () => {
  const { log, disk } = await founded();
  await log.append(small(1));
  disk.failsFlushes = true;
  await assert.rejects(log.store.flush(), /failed to flush/);
  disk.failsFlushes = false;
  const before = disk.events.length;
  await assert.rejects(log.store.flush(), /failed to flush/);
  await assert.rejects(log.store.close(), /failed to flush/);
  assert.deepEqual(
    disk.events.slice(before).filter(({ kind }) => kind === 'written' || kind === 'flushed'),
    [],
  );
});

test('a flush that fails while a segment is closed counts, too', async () => {
  const { log, disk } = await founded();
  disk.failsFlushes = true;
  await assert.rejects(async () => {
    for (;;) await log.append(large(1));
  }, /failed to flush/);
  disk.failsFlushes = false;
  await assert.rejects(log.store.flush(), /failed to flush/);
});
