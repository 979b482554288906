import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';
import { openRotatingFile } from './rotating-file.ts';

test('a log file is set aside by size, between lines, and the oldest goes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-file-'));
  const path = join(folder, 'deep', 'er', 'node.log');
  const file = openRotatingFile({ path, bytesMax: 10, keep: 2, dropped: () => assert.fail('nothing is dropped') });
  const content = (): string => readFileSync(path, 'utf8');
  for (const line of ['one\n', 'two, and long\n', 'three and long\n', 'four and long\n', 'five\n']) {
    file.write(line);
    while (!content().endsWith(line) && !readdirSync(join(folder, 'deep', 'er')).some((name) => holds(name, line))) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
  function holds(name: string, line: string): boolean {
    return readFileSync(join(folder, 'deep', 'er', name), 'utf8').endsWith(line);
  }
  assert.deepEqual(readdirSync(join(folder, 'deep', 'er')), ['node.log', 'node.log.1', 'node.log.2']);
  assert.equal(content(), 'five\n');
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'four and long\n');
  assert.equal(readFileSync(`${path}.2`, 'utf8'), 'three and long\n');
  rmSync(folder, { recursive: true });
});

test('a folder that cannot be made is an error, and not waited for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-file-'));
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => makeFolder('/proc/no/such/folder'), /ENOENT|EACCES|EPERM/);
  assert.throws(() => makeFolder(join(folder, 'file')), /EEXIST/);
  assert.throws(() => makeFolder(join(folder, 'file', 'below')), /ENOTDIR/);
  mkdirSync(join(folder, 'there'));
  makeFolder(join(folder, 'there'));
  makeFolder(join(folder, 'there', 'and', 'more'));
  assert.deepEqual(readdirSync(join(folder, 'there', 'and')), ['more']);
  assert.throws(() => openRotatingFile({ path: folder, bytesMax: 10, keep: 1, dropped: () => undefined }), /EISDIR/);
  rmSync(folder, { recursive: true });
});
