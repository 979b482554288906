import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../io/make-folder.ts';
import { openRotatingFile } from './rotating-file.ts';

test('a log file is rotated by size, between lines, and the oldest is removed', async () => {
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

test('a folder that cannot be made is an error, at once', () => {
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

test('a file for which there is no room at first is opened later, and lines wait for it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const folder = mkdtempSync(join(tmpdir(), 'rlog-disk-'));
  const path = join(folder, 'node.log');
  let isShort = true;
  const file = openRotatingFile({
    path,
    bytesMax: 1000,
    keep: 1,
    dropped: (lines) => assert.equal(lines, 0),
    open: (...given) => {
      if (isShort) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return openSync(...given);
    },
  });
  file.write('one\n');
  t.mock.timers.tick(1000);
  assert.equal(existsSync(path), false);
  isShort = false;
  t.mock.timers.tick(1000);
  await waitFor('it is written', () => existsSync(path) && readFileSync(path, 'utf8') === 'one\n');
  rmSync(folder, { recursive: true });
});

test('while no new file can be made the old ones are kept, and a file that must not grow any more is rotated', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-file-'));
  const path = join(folder, 'node.log');
  let [isShort, isTooLarge] = [false, false];
  let written = 0;
  const fails = (code: string): Error => Object.assign(new Error(code), { code });
  const file = openRotatingFile({
    path,
    bytesMax: 20,
    keep: 2,
    dropped: (lines) => assert.equal(lines, 0),
    open: (...given) => {
      if (isShort) throw fails('ENOSPC');
      return openSync(...given);
    },
    output: {
      writeSync,
      write: (fd, bytes, done) => {
        if (isTooLarge) setImmediate(done, fails('EFBIG'), 0);
        else setImmediate(done, null, writeSync(fd, bytes));
        isTooLarge = false;
        written += 1;
      },
    },
  });
  const write = async (line: string): Promise<void> => {
    const before = written;
    file.write(line);
    await waitFor('it was tried', () => written > before);
  };
  await write('first, and long enough\n');
  await waitFor('it was rotated', () => existsSync(`${path}.1`));
  isShort = true;
  for (let n = 0; n < 5; n += 1) await write(`line ${n}, and long\n`);
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'first, and long enough\n');
  await tick();
  isShort = false;
  isTooLarge = true;
  await write('last\n');
  await waitFor('it is in a new file', () => existsSync(path) && readFileSync(path, 'utf8') === 'last\n');
  assert.match(readFileSync(`${path}.1`, 'utf8'), /^line 0, and long\n/);
  file.flushSync();
  rmSync(folder, { recursive: true });
});

async function waitFor(what: string, isMet: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!isMet()) {
    assert.ok(performance.now() < deadline, what);
    await tick();
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
