import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { waitFor } from '../../test/support/wait.ts';
import { WatchedFiles } from './watched-file.ts';

let folder: string;
let watched: WatchedFiles<string> | undefined;
let changes: string[];
let failures: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlog-watched-'));
  [changes, failures] = [[], []];
});

afterEach(() => {
  watched?.stop();
  rmSync(folder, { recursive: true });
});

/** Two files whose texts must be the same. */
function watch(...names: readonly string[]): WatchedFiles<string> {
  watched = new WatchedFiles({
    paths: names.map((name) => join(folder, name)),
    parse: (texts) => {
      if (new Set(texts).size > 1) throw new Error(`they differ: ${texts.join(' ')}`);
      return texts[0] ?? '';
    },
    changed: (value) => changes.push(value),
    failed: ({ message }) => failures.push(message),
    everyMs: 10,
  });
  return watched;
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** As long as some looks take. */
async function looks(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
}

test('a file is read at once, and again when it was written', async () => {
  write('a', 'one');
  assert.equal(watch('a').value, 'one');
  await looks();
  assert.deepEqual(changes, [], 'nothing changed');
  write('a', 'two');
  await waitFor('the new text', () => watched?.value === 'two');
  assert.deepEqual(changes, ['two']);
});

test('a file behind a link that leads elsewhere now, as Kubernetes does it, is read again', async () => {
  for (const version of ['v1', 'v2']) {
    mkdirSync(join(folder, version));
    write(`${version}/a`, version);
  }
  symlinkSync('v1', join(folder, '..data'));
  symlinkSync('..data/a', join(folder, 'a'));
  assert.equal(watch('a').value, 'v1');
  symlinkSync('v2', join(folder, '..new'));
  renameSync(join(folder, '..new'), join(folder, '..data'));
  await waitFor('what the link leads to', () => watched?.value === 'v2');
  assert.deepEqual(failures, []);
});

test('of two files one after the other is replaced, and what does not fit is not taken', async () => {
  for (const name of ['a', 'b']) write(name, 'one');
  watch('a', 'b');
  write('a', 'two');
  await waitFor('the failure', () => failures.length > 0);
  assert.equal(watched?.value, 'one');
  await looks();
  assert.deepEqual(failures, ['they differ: two one'], 'told once');
  write('b', 'two');
  await waitFor('both', () => watched?.value === 'two');
  write('a', 'three');
  await waitFor('another failure', () => failures.length === 2);
});

test('a file that is gone keeps what was there, and is told once; so does one that was never there, at once', async () => {
  write('a', 'one');
  watch('a');
  rmSync(join(folder, 'a'));
  await waitFor('the failure', () => failures.length > 0);
  assert.equal(watched?.value, 'one');
  assert.match(failures.join(), /^ENOENT/);
  write('a', 'one');
  await waitFor('it is back', () => changes.length > 0);
  assert.throws(() => watch('none'), /ENOENT/);
});
