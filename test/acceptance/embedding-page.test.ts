/** Follows docs/embedding.md: its service, its commands, and its test, with the sources in the place of the package. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { onlyLong } from '../support/long.ts';
import { cleanEnvironment, repository } from '../support/nodes.ts';
import { stepsOf } from '../support/page-steps.ts';
import { freePort, freePortRow } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'rlog-embedding-'));
/** What the instances load is compiled once. */
const environment = { ...cleanEnvironment(), NODE_COMPILE_CACHE: join(folder, 'cache') };
const running = new Map<number, ChildProcess>();
after(() => {
  for (const child of running.values()) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const page = readFileSync(join(repository, 'docs/embedding.md'), 'utf8');

/** The code of the page, as a project that has installed the package would run it. */
function fromSources(text: string): string {
  const entries = { 'replicated-log': 'src/embed/index.ts', 'replicated-log/testing': 'src/testing/index.ts' };
  return text.replaceAll(/'(replicated-log(?:\/\w+)?)'/g, (_, name: keyof typeof entries) => `'${join(repository, entries[name])}'`);
}

test('the key-value service of the page does what its commands show, and loses nothing when one is killed', onlyLong, async () => {
  const ports = new Map<string, number>();
  for (const port of ['7000', '7001', '7002', '8000', '8001', '8002']) ports.set(port, await freePort());
  const served = ['8000', '8001', '8002'].map((port) => ports.get(port));
  const atFreePorts = (text: string): string =>
    text
      .replaceAll('8000 + instance', `[${served.join(', ')}][instance]`)
      .replaceAll(/\b[78]00[012]\b/g, (port) => String(ports.get(port)));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const seen = new Set<string>();
  for (const step of stepsOf(page)) {
    if (step.kind === 'save') writeFileSync(join(folder, step.name), atFreePorts(fromSources(step.text)));
    if (step.kind !== 'type') continue;
    const expected = [...step.expected];
    for (const command of step.commands) {
      const [program = ''] = command.split(' ');
      seen.add(program);
      if (program === 'node') {
        for (const [, instance] of command.matchAll(/node kv\.js (\d)/g)) {
          const child = spawn(process.execPath, ['kv.js', String(instance)], { cwd: folder, env: environment, stdio: 'inherit' });
          running.set(Number(instance), child);
        }
      } else if (program === 'kill') running.get(Number(command.at(-1)) - 1)?.kill('SIGKILL');
      else if (program === 'curl') {
        const answer = expected.shift();
        let said = '';
        await waitFor(`${command} → ${answer ?? ''}`, async () => {
          // It serves once it is ready, and reads may lag.
          said = await run('sh', ['-c', atFreePorts(command).replace('curl', 'curl -s')]).then(({ stdout }) => stdout.trim(), String);
          return said === answer || (said.startsWith('{') && command.includes('PUT') && assert.fail(said));
        });
      }
    }
    assert.deepEqual(expected, []);
  }
  assert.deepEqual([...seen].toSorted(), ['curl', 'kill', 'mkdir', 'node', 'npm']);
});

test('the test of the page passes', async () => {
  const code = page.split(/^```/m).find((part) => part.includes("from 'replicated-log/testing'"));
  assert.ok(code !== undefined);
  writeFileSync(join(folder, 'cluster.mjs'), fromSources(code.slice(code.indexOf('\n'))));
  await run(process.execPath, [join(folder, 'cluster.mjs')], { env: environment, timeout: 60_000 });
});

test('the example kills the instance that leads, goes on, and loses no key', onlyLong, async () => {
  const program = join(repository, 'examples/embedded-kv/main.ts');
  const { stdout } = await run(process.execPath, [program, String(await freePortRow(13))], { env: environment, timeout: 90_000 });
  const patterns = [
    /^three instances serve/,
    /^instance \d led and was killed; the next write took \d+ ms$/,
    /^all 100 keys are there$/,
    /^instance \d is back, and has what was written meanwhile: {"value":true}$/,
  ];
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, patterns.length, stdout);
  for (const [index, pattern] of patterns.entries()) assert.match(lines[index] ?? '', pattern);
});
