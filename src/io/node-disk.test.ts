import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { segmentName } from '../storage/format/segment-names.ts';
import { offset } from '../core/model/numbers.ts';
import { DiskUse } from '../observe/disk-use.ts';
import { FolderLock } from './folder-lock.ts';
import { NodeDisk } from './node-disk.ts';
import { openToOthers } from './private-modes.ts';
import { openRotatingFile } from '../observe/rotating-file.ts';

const nobody = 65_534;

/** Runs a test in a folder, as a user to whom file modes apply. */
async function asUser(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-disk-'));
  const isRoot = process.geteuid?.() === 0;
  try {
    if (isRoot) chownSync(folder, nobody, nobody);
    if (isRoot) process.seteuid?.(nobody);
    await run(folder);
  } finally {
    if (isRoot) process.seteuid?.(0);
    rmSync(folder, { recursive: true, force: true });
  }
}

test('foreign folders and files in the data folder are left alone, even if they cannot be read', () =>
  asUser(async (folder) => {
    const disk = NodeDisk.at(folder);
    const closed = (name: string): void => {
      mkdirSync(join(folder, name));
      chmodSync(join(folder, name), 0o000);
    };
    closed('lost+found');
    writeFileSync(join(folder, '00000000000000000000.log.bak'), 'a backup');
    chmodSync(join(folder, '00000000000000000000.log.bak'), 0o000);
    await disk.syncFolder();
    closed('.snapshot');
    const file = await disk.open(segmentName(offset(0)));
    await file.append([Buffer.from('one')]);
    const copy = await disk.open('cut/a.log');
    await copy.append([Buffer.from('four')]);
    await disk.syncFolder();
    const { segments, segmentBytes, cutBytes } = await new DiskUse(folder, () => 0).usage();
    assert.deepEqual([segments, segmentBytes, cutBytes], [1, 3, 4]);
    for (const each of [file, copy, disk]) await each.close();
    for (const name of ['lost+found', '.snapshot']) chmodSync(join(folder, name), 0o700);
  }));

test('only its user can read what a node stores, and an existing folder keeps its mode', () =>
  asUser(async (folder) => {
    const data = join(folder, 'deep', 'data');
    const disk = NodeDisk.at(data);
    const lock = FolderLock.take(data, { id: 'n', pid: 1, url: 'http://n:1', since: 'now' });
    openRotatingFile({ path: join(data, 'node.log'), bytesMax: 10, keep: 1, dropped: () => undefined });
    for (const name of ['state.json', 'cut/a.log']) await (await disk.open(name)).close();
    await disk.close();
    lock.release();
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.equal(openToOthers(data), undefined);
    for (const name of readdirSync(data)) {
      const { mode } = statSync(join(data, name));
      assert.equal(mode & (name === 'cut' ? 0o077 : 0o137), 0, name);
    }
    const mounted = join(folder, 'mounted');
    mkdirSync(mounted);
    for (const [mode, others] of [
      [0o755, 'read'],
      [0o777, 'write'],
      [0o750, undefined],
      [0o2770, undefined],
    ] as const) {
      chmodSync(mounted, mode);
      NodeDisk.at(mounted);
      assert.equal(statSync(mounted).mode & 0o7777, mode);
      assert.equal(openToOthers(mounted), others);
    }
  }));
