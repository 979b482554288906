/** Where the command keeps Node's compile cache. It is code, so no other user may be able to write there. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cleanEnvironment, rlogPath } from './support/nodes.ts';

const folder = mkdtempSync(join(tmpdir(), 'rlog-cache-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function runWith(env: Readonly<Record<string, string>>): void {
  const { PATH = '' } = cleanEnvironment();
  const ran = spawnSync(rlogPath, ['--version'], { env: { PATH, TMPDIR: folder, ...env }, encoding: 'utf8' });
  assert.match(ran.stdout, /^\d+\.\d+\.\d+\n$/, ran.stderr);
  assert.equal(ran.stderr, '');
}

function isUsed(cache: string): boolean {
  return existsSync(cache) && readdirSync(cache).length > 0;
}

function made(name: string, mode: number): string {
  const path = join(folder, name);
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

test('the compile cache is in a folder of the user that no other user can open, not in a shared one', () => {
  const home = made('home', 0o755);
  runWith({ HOME: home });
  const cache = join(home, '.cache', 'rlog');
  assert.ok(isUsed(cache));
  assert.equal(statSync(cache).mode & 0o777, 0o700);
  assert.equal(existsSync(join(folder, 'node-compile-cache')), false);

  const caches = made('caches', 0o700);
  runWith({ HOME: home, XDG_CACHE_HOME: caches });
  assert.ok(isUsed(join(caches, 'rlog')));
});

test('a folder that other users could write to is not used for it, nor a folder below one', () => {
  const open = made('open', 0o777);
  runWith({ XDG_CACHE_HOME: open });
  assert.equal(isUsed(join(open, 'rlog')), false);

  const home = made('shared-cache', 0o755);
  mkdirSync(join(home, '.cache', 'rlog'), { recursive: true });
  chmodSync(join(home, '.cache', 'rlog'), 0o770);
  runWith({ HOME: home });
  assert.equal(isUsed(join(home, '.cache', 'rlog')), false);

  const linked = made('linked', 0o700);
  symlinkSync(open, join(linked, 'rlog'));
  runWith({ XDG_CACHE_HOME: linked });
  assert.equal(isUsed(open) && readdirSync(open).some((name) => name !== 'rlog'), false);
});

test('without a home there is no compile cache, and a folder that the user names is used as it is', () => {
  runWith({});
  assert.equal(existsSync(join(folder, 'node-compile-cache')), false);
  const named = made('named', 0o777);
  runWith({ NODE_COMPILE_CACHE: named });
  assert.ok(isUsed(named));
});
