/** The package as it is published: packed, installed into an empty project, and used there. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { isReady, TestCluster, repository } from '../support/nodes.ts';
import { onlyLong } from '../support/long.ts';
import { packBoth } from '../../scripts/pack.ts';
import type { Tarball } from '../../scripts/pack.ts';
import { freePort } from '../support/ports.ts';

const run = promisify(execFile);
const project = mkdtempSync(join(tmpdir(), 'rlog-package-'));
const installed = join(project, 'node_modules', 'replicated-log');

const copied = ['README.md', 'CHANGELOG.md', 'LICENSE', 'bin', 'docs', 'deploy', 'src', 'scripts'];
let tarball: Tarball;
let clientTarball: Tarball;
/** A project in which npm has installed the tarball; none where no registry is reached. */
let user: string | undefined;

const script = `
import { LogClient, ProblemError } from 'replicated-log/client';
const client = new LogClient({ urls: process.argv[2], w: 'majority' });
const appended = await Promise.all(['a', { b: 2 }, null].map((message) => client.append(message)));
const read = [];
for await (const page of client.read()) read.push(...page.map((entry) => entry.message));
const followed = [];
for await (const { offset } of client.follow({ from: 1 })) if (followed.push(offset) === 2) break;
const refused = await client.append('x', { w: 9, timeoutMs: 50 }).catch((error) => error);
console.log(JSON.stringify({
  offsets: appended.map(({ offset }) => offset), read, followed,
  refused: refused instanceof ProblemError && [refused.code, refused.outcome, refused.retryable, refused.facts.offset],
  role: (await client.status()).role,
}));
`;

const typed = `
import { LogClient, ProblemError } from 'replicated-log/client';
import type { Appended, Entry, WriteConcern } from 'replicated-log/client';

interface Order { readonly id: number }

export async function use(w: WriteConcern): Promise<Order | undefined> {
  const client = new LogClient({ urls: ['http://a:5000', 'http://b:5000'], w, timeoutMs: 1000 });
  const { offset, acks }: Appended = await client.append({ id: 1 } satisfies Order, { signal: AbortSignal.timeout(10) });
  for await (const page of client.read<Order>({ from: offset, level: 'linearizable' })) {
    const [first]: readonly Entry<Order>[] = page;
    return first?.message;
  }
  for await (const entry of client.follow<Order>({ from: acks })) return entry.message;
  return undefined;
}

export function codeOf(error: unknown): string {
  if (!(error instanceof ProblemError)) return '';
  // @ts-expect-error: no such code
  if (error.code === 'no-such-code') return '';
  // @ts-expect-error: neither a number nor one of the two words
  void use('some');
  return error.code;
}
`;

const embedded = `
import { startNode, ProblemError } from 'replicated-log';
import { startTestCluster } from 'replicated-log/testing';
const node = await startNode({ url: process.argv[2], dataDir: 'embedded' });
await node.ready();
const { offset } = await node.append({ order: 17 }, { key: 'order-17' });
const followed = [];
for await (const { message } of node.follow({ from: 0 })) if (followed.push(message) === 1) break;
const refused = await node.append('x', { w: 9, timeoutMs: 50 }).catch((error) => error);
await node.stop();
const cluster = await startTestCluster({ nodes: 3 });
const leader = await cluster.leader();
await leader.append('first');
await cluster.kill(leader.id);
const next = await cluster.leader();
const second = await next.append('second');
await cluster.stop();
console.log(JSON.stringify({ offset, followed, refused: refused instanceof ProblemError && refused.code, second: second.offset }));
`;

const typedEmbedded = `
import { ConfigError, NodeFailed, startNode } from 'replicated-log';
import type { Log, LogNode, NodeOptions } from 'replicated-log';
import { LogClient } from 'replicated-log/client';
import { startTestCluster } from 'replicated-log/testing';

export const options: NodeOptions = { url: 'http://10.0.0.1:7000', w: 'majority', clusterSecret: 'a secret of 16 characters' };
// @ts-expect-error: no such option
export const wrong: NodeOptions = { url: 'http://10.0.0.1:7000', dataDirectory: 'x' };

export async function use(log: Log): Promise<number> {
  const { offset } = await log.append({ order: 17 }, { key: 'order-17', timeoutMs: 1000 });
  for await (const entry of log.follow<{ order: number }>({ from: offset })) return entry.message.order;
  return log.pending;
}

export async function start(): Promise<LogNode | string> {
  try {
    const node = await startNode(options);
    await use(node);
    await use(new LogClient({ urls: node.url }));
    await use((await startTestCluster({ nodes: 1 })).node('a'));
    return node;
  } catch (error) {
    if (error instanceof NodeFailed) return error.reason;
    return error instanceof ConfigError ? error.mistakes.join() : '';
  }
}
`;

const vitestFile = `
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestCluster } from 'replicated-log/testing';
let cluster;
beforeAll(async () => {
  cluster = await startTestCluster({ nodes: 3 });
});
afterAll(() => cluster.stop());
test('an append outlives the leader', async () => {
  const leader = await cluster.leader();
  const { offset } = await leader.append('first');
  await cluster.kill(leader.id);
  const next = await cluster.leader();
  expect((await next.append('second')).offset).toBe(offset + 1);
  await cluster.restart(leader.id);
});
test('a node that is cut off is still reached', async () => {
  cluster.cut('b');
  expect(await cluster.node('b').status()).toMatchObject({ node: 'b' });
  cluster.heal('b');
});
`;

const noRegistry = 'no package registry is reached from here';

async function checkTypes(): Promise<void> {
  const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(process.execPath, [compiler], { cwd: project }).catch((error: { readonly stdout?: string }) => assert.fail(error.stdout));
}

void describe('the package', onlyLong, () => {
  before(async () => {
    // A copy, so that the build does not leave files in the sources.
    const source = join(project, 'source');
    mkdirSync(source);
    for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', '.gitignore', ...copied])
      cpSync(join(repository, name), join(source, name), { recursive: true, filter: (path) => !path.endsWith('node_modules') });
    symlinkSync(join(repository, 'node_modules'), join(source, 'node_modules'));
    [tarball, clientTarball] = packBoth(source, project);
    user = await userProject();
    // Like an installation without dependencies: the client has none.
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', tarball.path, '--strip-components=1', '-C', installed]);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', type: 'module', private: true }));
    writeFileSync(join(project, 'use.mjs'), script);
    writeFileSync(join(project, 'use.ts'), typed);
    writeFileSync(join(project, 'embedded.mjs'), embedded);
    writeFileSync(join(project, 'embedded.ts'), typedEmbedded);
  });

  after(() => rmSync(project, { recursive: true, force: true }));

  void test('the client is used from JavaScript in an empty project', async () => {
    await using cluster = new TestCluster();
    const master = await cluster.add({ kind: 'master', port: await freePort() }).start();
    await isReady(master);
    const { stdout } = await run(process.execPath, ['use.mjs', master.url], { cwd: project });
    assert.deepEqual(JSON.parse(stdout), {
      offsets: [0, 1, 2],
      read: ['a', { b: 2 }, null],
      followed: [1, 2],
      refused: ['concern-timeout', 'unknown', true, 3],
      role: 'leader',
    });
  });

  void test('a node and a test cluster run from the package, in a process of its user', async () => {
    const packages = join(installed, 'node_modules');
    symlinkSync(join(repository, 'node_modules'), packages);
    try {
      const url = `http://127.0.0.1:${await freePort()}`;
      const { stdout } = await run(process.execPath, ['embedded.mjs', url], { cwd: project });
      assert.deepEqual(JSON.parse(stdout), { offset: 0, followed: [{ order: 17 }], refused: 'concern-timeout', second: 1 });
    } finally {
      rmSync(packages);
    }
  });

  void test('its types are checked in a project for Node and in one for browsers', async () => {
    const forNode = { lib: ['ES2024'], types: ['node'], typeRoots: [join(repository, 'node_modules', '@types')], module: 'NodeNext' };
    const forBrowsers = { lib: ['ES2024', 'DOM', 'DOM.AsyncIterable'], types: [], module: 'ESNext', moduleResolution: 'bundler' };
    for (const kind of [forNode, forBrowsers]) {
      const options = { strict: true, noEmit: true, target: 'ES2024', skipLibCheck: false, ...kind };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
      await checkTypes();
    }
    for (const module of [{ module: 'NodeNext' }, { module: 'ESNext', moduleResolution: 'bundler' }]) {
      const options = { ...forNode, ...module, strict: true, noEmit: true, target: 'ES2024', skipLibCheck: false };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['embedded.ts'] }));
      await checkTypes();
    }
  });

  void test('the client alone is a package without dependencies, for Node 20 as well', async (t) => {
    const alone = join(project, 'alone');
    const folder = join(alone, 'node_modules', '@replicated-log', 'client');
    mkdirSync(folder, { recursive: true });
    await run('tar', ['-xzf', clientTarball.path, '--strip-components=1', '-C', folder]);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    assert.deepEqual([manifest['name'], manifest['dependencies'], manifest['scripts']], ['@replicated-log/client', undefined, undefined]);
    assert.deepEqual(readdirSync(folder).toSorted(), ['LICENSE', 'README.md', 'dist', 'package.json']);
    writeFileSync(join(alone, 'use.mjs'), script.replace('replicated-log/client', '@replicated-log/client'));
    const nodes = [process.execPath, ...(await olderNodes())];
    if (nodes.length === 1) t.diagnostic('no Node 20 or 22 is installed beside this one: tried on this one only');
    for (const node of nodes) {
      await using cluster = new TestCluster();
      const master = await cluster.add({ kind: 'master', port: await freePort() }).start();
      await isReady(master);
      const { stdout } = await run(node, ['use.mjs', master.url], { cwd: alone });
      assert.deepEqual((JSON.parse(stdout) as { readonly offsets: unknown }).offsets, [0, 1, 2], node);
    }
  });

  void test('neither publint nor arethetypeswrong finds anything in the packages', async () => {
    const args = [join(repository, 'scripts', 'check-package.ts'), tarball.path, clientTarball.path];
    await run(process.execPath, args).catch((error: { readonly stdout?: string }) => assert.fail(error.stdout));
  });

  void test('an installation brings no Node, and runs no scripts: those of the project run on the user’s Node', async (t) => {
    const { optionalDependencies, dependencies, scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly optionalDependencies?: object;
      readonly dependencies: Readonly<Record<string, string>>;
      readonly scripts: Readonly<Record<string, string>>;
    };
    assert.equal(optionalDependencies, undefined);
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.ok(!(name in scripts), name);
    if (user === undefined) return t.skip(noRegistry);
    assert.deepEqual(
      readdirSync(join(user, 'node_modules', '.bin')).filter((name) => name === 'node'),
      [],
    );
    for (const name of Object.keys(dependencies)) assert.ok(existsSync(join(user, 'node_modules', name)), name);
    const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
    };
    assert.deepEqual(
      Object.keys(lock.packages).filter((place) => lock.packages[place]?.hasInstallScript),
      [],
    );
    const { stdout: node } = await run('npm', ['run', '--silent', 'v'], { cwd: user });
    assert.ok(!node.startsWith(user), node);
    const { stdout: version } = await run(join(user, 'node_modules', '.bin', 'rlog'), ['--version'], {
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
    });
    assert.match(version, /^\d+\.\d+\.\d+\n$/);
  });

  void test('the packages are as large as the documents say', async (t) => {
    const [said, clientSaid] = ['embedding.md', 'client.md'].map(sizesIn);
    const about = (actual: number, figure: number | undefined, what: string): void => {
      assert.ok(figure !== undefined && Math.abs(actual - figure) <= 0.1 * figure, `${what}: ${actual}, and said are ${figure}`);
    };
    about(clientTarball.size, clientSaid?.[0], 'client, packed');
    about(clientTarball.unpackedSize, clientSaid?.[1], 'client, unpacked');
    about(tarball.size, said?.[0], 'packed');
    about(tarball.unpackedSize, said?.[1], 'unpacked');
    if (user === undefined) return t.skip(noRegistry);
    const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8')) as { readonly packages: object };
    const { stdout } = await run('du', ['-s', '--apparent-size', '--block-size=1', join(user, 'node_modules')]);
    about(Number.parseInt(stdout, 10), said?.[2], 'installed');
    // The project itself, and the package.
    about(Object.keys(lock.packages).length - 2, packagesIn('embedding.md'), 'packages');
  });

  void test('a test cluster runs in vitest, from the package', async (t) => {
    if (user === undefined) return t.skip(noRegistry);
    await run('npm', [...quietly, 'install', '--save-dev', 'vitest@5'], { cwd: user });
    writeFileSync(join(user, 'log.test.js'), vitestFile);
    const args = ['run', '--reporter=json', '--outputFile=vitest.json'];
    await run(join(user, 'node_modules', '.bin', 'vitest'), args, { cwd: user }).catch((error: { readonly stderr?: string }) =>
      assert.fail(error.stderr),
    );
    const told = JSON.parse(readFileSync(join(user, 'vitest.json'), 'utf8')) as Readonly<Record<string, unknown>>;
    assert.deepEqual([told['numPassedTests'], told['numTotalTests']], [2, 2]);
  });

  void test('the package has what its exports name, compiled, and nothing of the tests', async () => {
    const { exports, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
      readonly bin: Readonly<Record<string, string>>;
    };
    assert.deepEqual(Object.keys(exports), ['.', './client', './testing']);
    const named = [...Object.values(exports).flatMap((entry) => Object.values(entry)), ...Object.values(bin)];
    assert.ok(existsSync(join(installed, 'dist', 'embed', 'inside', 'thread.js')));
    for (const path of named) assert.ok(readFileSync(join(installed, path)).length > 0, path);
    assert.match(readFileSync(join(installed, 'dist', 'dashboard', 'index.html'), 'utf8'), /assets\//);
    const { stdout } = await run('find', [installed, '-name', '*.test*']);
    assert.equal(stdout, '');
    // The client consists of `client` and `api` only: no file of the server, and no module of Node.
    const parts = ['client', 'api'].map((name) => join(installed, 'dist', name));
    const { stdout: imports } = await run('grep', ['-rhoE', "from '[^']+'", ...parts]);
    const foreign = imports.split('\n').filter((line) => line !== '' && !/^from '(\.|\.\.\/api)\//.test(line));
    assert.deepEqual(foreign, []);
  });
});

const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--silent'];

/** What npm makes of an empty project and the tarball. */
async function userProject(): Promise<string | undefined> {
  const reachesRegistry = await run('npm', ['ping', '--silent', '--fetch-retries=0', '--fetch-timeout=5000']).then(
    () => true,
    () => false,
  );
  if (!reachesRegistry) return undefined;
  const folder = join(project, 'user');
  mkdirSync(folder);
  const scripts = { v: 'command -v node' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', type: 'module', private: true, scripts }));
  await run('npm', [...quietly, 'install', tarball.path], { cwd: folder });
  return folder;
}

const units: Readonly<Record<string, number>> = { kB: 1000, MB: 1_000_000 };

/** Sizes in bytes that a page says of its package, in the order in which it does. */
function sizesIn(page: string): readonly number[] {
  return [...sizeLine(page).matchAll(/([\d.]+) (kB|MB)/g)].map(([, figure, unit = '']) => Number(figure) * (units[unit] ?? 0));
}

function packagesIn(page: string): number {
  return Number(/(\d+) packages/.exec(sizeLine(page))?.[1]);
}

function sizeLine(page: string): string {
  const text = readFileSync(join(repository, 'docs', page), 'utf8');
  const line = text.split('\n').find((each) => /\bpacked\b.*\bunpacked\b/.test(each));
  return line ?? assert.fail(`docs/${page} says no sizes`);
}

/** Nodes in the `PATH` that are older than this one, and which the client is for. */
async function olderNodes(): Promise<string[]> {
  const found = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'node'));
  const paths = [...new Set(found.filter((path) => existsSync(path)).map((path) => realpathSync(path)))];
  const versions = await Promise.all(paths.map(async (path) => ({ path, version: (await run(path, ['--version'])).stdout })));
  return versions.filter(({ version }) => /^v2[0-3]\./.test(version)).map(({ path }) => path);
}
