import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DiskUse } from './disk-use.ts';

function nameOf(offset: number): string {
  return `${String(offset).padStart(20, '0')}.log`;
}

test('the bytes of the log are the present sizes of its segments', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-disk-use-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, bytes: number): void => writeFileSync(join(folder, name), Buffer.alloc(bytes));
  let cutCount = 0;
  const use = new DiskUse(folder, () => cutCount);
  const usage = async (): Promise<number[]> => {
    const { segments, segmentBytes, cutBytes } = await use.usage();
    return [segments, segmentBytes, cutBytes];
  };
  assert.deepEqual(await usage(), [0, 0, 0]);

  write(nameOf(0), 1000);
  write('00000000000000000000.index', 7);
  write('master.log', 7);
  assert.deepEqual(await usage(), [1, 1000, 0]);
  write(nameOf(0), 1500);
  write(nameOf(10), 20);
  assert.deepEqual(await usage(), [2, 1520, 0], 'the last segment is measured again, because it may have grown');
  write(nameOf(10), 300);
  assert.deepEqual(await usage(), [2, 1800, 0]);

  mkdirSync(join(folder, 'cut'));
  write('cut/00000000000000000005.0', 250);
  write(nameOf(20), 1);
  assert.deepEqual(await usage(), [3, 1801, 250]);
  rmSync(join(folder, nameOf(20)));
  rmSync(join(folder, nameOf(10)));
  truncateSync(join(folder, nameOf(0)), 700);
  write(nameOf(5), 100);
  write(nameOf(10), 40);
  cutCount += 1;
  assert.deepEqual(await usage(), [3, 840, 250], 'after a cut everything is measured again');
});

test('the disk has a size, and not more free bytes than that', async () => {
  const { freeBytes, sizeBytes } = await new DiskUse(tmpdir(), () => 0).usage();
  assert.ok(freeBytes >= 0 && freeBytes <= sizeBytes && sizeBytes > 0);
});

test('a missing folder is an error, and the next call measures again', async () => {
  const use = new DiskUse(join(tmpdir(), 'rlog-no-such-folder'), () => 0);
  await assert.rejects(use.usage());
  await assert.rejects(use.usage());
});

test('indexes of closed segments and the checkpoint are told apart from the segments, also when an index comes later', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-disk-use-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, bytes: number): void => writeFileSync(join(folder, name), Buffer.alloc(bytes));
  const use = new DiskUse(folder, () => 0);
  const usage = async (): Promise<number[]> => {
    const { segmentBytes, indexBytes, checkpointBytes } = await use.usage();
    return [segmentBytes, indexBytes, checkpointBytes];
  };
  write(nameOf(7), 100);
  write(nameOf(9), 10);
  write('00000000000000000007.checkpoint', 55);
  assert.deepEqual(await usage(), [110, 0, 55]);
  write('00000000000000000007.index', 21);
  assert.deepEqual(await usage(), [110, 21, 55]);
  rmSync(join(folder, nameOf(7)));
  rmSync(join(folder, '00000000000000000007.index'));
  rmSync(join(folder, '00000000000000000007.checkpoint'));
  write('00000000000000000009.checkpoint', 30);
  assert.deepEqual(await usage(), [10, 0, 30], 'what was removed after a trim no longer counts');
});
