/** Views of a real cluster: the example of docs/client.md, and a view that is killed while it runs. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { LogClient } from '../../src/client/index.ts';
import { view } from '../../src/embed/index.ts';
import { repository, startEqual } from '../support/nodes.ts';
import { exampleOf } from '../support/page-steps.ts';
import type { TestCluster } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let cluster: TestCluster;
const urls = (): string[] => cluster.nodes.map(({ url }) => url);

before(async () => {
  cluster = await startEqual(3);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** A program that imports the package, as it is run by the test: from the sources, at these nodes. */
function asRun(program: string): string {
  const from = (path: string): string => `'${pathToFileURL(join(repository, 'src', path)).href}'`;
  return program
    .replaceAll("'replicated-log/client'", from('client/index.ts'))
    .replaceAll("'replicated-log'", from('embed/index.ts'))
    .replaceAll(/http:\/\/localhost:500(\d)/g, (_, index: string) => urls()[Number(index)] ?? '');
}

async function run(file: string): Promise<string> {
  const child = spawn(process.execPath, [file], { cwd: cluster.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, errors);
  return out;
}

test('the example of the documents counts what it appends, and goes on where it was when it is run again', async () => {
  const file = join(cluster.folder, 'stock.mjs');
  writeFileSync(file, asRun(exampleOf('docs/client.md', 'Views')));
  assert.equal(await run(file), 'apples 3\n');
  assert.ok(existsSync(join(cluster.folder, 'stock.view')));
  assert.equal(await run(file), 'apples 6\n');
});

test('a process with a view is killed over and over, and every entry is in its state once', onlyLong, async () => {
  const log = new LogClient({ urls: urls(), w: 'majority' });
  const kept = join(cluster.folder, 'killed.view');
  const file = join(cluster.folder, 'killed.mjs');
  const program = `
    import { view } from 'replicated-log';
    import { LogClient } from 'replicated-log/client';
    const log = new LogClient({ urls: ${JSON.stringify(urls())} });
    let first;
    const apply = (offsets, { offset }) => {
      first ??= offset;
      offsets.push(offset);
    };
    const seen = view(log, { initial: [], apply, file: ${JSON.stringify(kept)}, every: 20 });
    seen.failed.catch((error) => { console.error(error); process.exit(1); });
    setInterval(() => console.log(first + ' ' + seen.offset), 20);
  `;
  writeFileSync(file, asRun(program));
  const begun: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exited = once(child, 'exit');
    const { offset } = await log.appendMany(Array.from({ length: 100 }, (_, n) => n));
    const lastLine = (): string => said.trimEnd().split('\n').at(-1) ?? '';
    await waitFor('it has come so far', () => child.exitCode !== null || Number(lastLine().split(' ')[1]) > offset);
    assert.equal(child.exitCode, null, 'it runs until it is killed');
    // The file is written beside what the view applies.
    await waitFor('it has written its file', () => existsSync(kept));
    begun.push(Number(lastLine().split(' ')[0]));
    child.kill('SIGKILL');
    await exited;
  }
  const { offset: last } = await log.append('last');
  await using now = view<number[]>(log, { initial: [], apply: (offsets, { offset }) => void offsets.push(offset), file: kept });
  assert.deepEqual(
    await now.upTo(last),
    Array.from({ length: last + 1 }, (_, n) => n),
  );
  assert.ok((begun.at(-1) ?? 0) > 0, `it went on from the file: ${begun.join()}`);
});

test('a view survives the loss of the leader, and fails when its place is trimmed', async () => {
  const log = new LogClient({ urls: urls(), w: 'majority', timeoutMs: 60_000 });
  const options = { initial: { count: 0 }, apply: (state: { count: number }): void => void (state.count += 1) };
  await using counted = view(log, options);
  const { offset: first } = await log.append('before');
  await counted.upTo(first);
  const { leader } = await log.status();
  const node = cluster.nodes.find(({ id }) => id === leader?.id) ?? assert.fail('a node leads');
  await node.kill();
  const { offset } = await log.append('after');
  assert.deepEqual(await counted.upTo(offset, { timeoutMs: 60_000 }), { count: offset + 1 });
  await node.start();
  await log.trim(offset);
  const late = view(log, options);
  await assert.rejects(late.failed, { code: 'trimmed' });
  await using anew = view(log, { ...options, onTrimmed: 'restart' });
  assert.deepEqual(await anew.upTo(offset), { count: 1 });
});
