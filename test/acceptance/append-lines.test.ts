/** `rlog append < file`: through kills of the leader, with keys, and what it says when it has to stop. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { healthOf, messagesOf } from '../support/api.ts';
import { rlogPath, startThree } from '../support/nodes.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let nodes: ThreeNodes;
const env = (): Record<string, string> => ({ RLOG_URL: nodes.cluster.nodes.map(({ url }) => url).join(',') });
const numbered = (count: number, name: string): string[] => Array.from({ length: count }, (_unused, n) => `${name} ${n + 1}`);
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

async function messagesFrom(offset: number): Promise<unknown[]> {
  return (await messagesOf(nodes.master)).slice(offset);
}

/** By the command that was printed; on a slow moment it stops as well, and prints the one to go on with. */
async function continueBy(printed: string): Promise<void> {
  let command = printed;
  await waitFor('all lines are stored', async () => {
    const { status, stderr } = await runRlog(command, { env: env() });
    const [, next] = /storing anything twice:\n {2}(.*)\n$/.exec(stderr) ?? [];
    if (status === exitCodes.unknown && next !== undefined) {
      command = next;
      return false;
    }
    assert.deepEqual([status, stderr], [0, ''], command);
    return true;
  });
}

before(async () => {
  nodes = await startThree();
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

test('lines are appended through a kill and a restart of the leader, each once and in order', async () => {
  const lines = numbered(10_000, 'through');
  let stderr = '';
  const { promise: started, resolve } = Promise.withResolvers<ChildProcess>();
  const running = runRlog(['append', '--w', 'majority'], {
    input: textOf(lines.slice(0, 5000)),
    isOpen: true,
    env: env(),
    started: (child) => {
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
      resolve(child);
    },
  });
  await waitFor('half of it is there', async () => (await healthOf(nodes.s1)).message_count === 5000);
  await nodes.master.kill();
  (await started).stdin?.end(textOf(lines.slice(5000)));
  await waitFor('it noticed', () => stderr.includes('trying again'));
  await nodes.master.start();
  const { status, stdout } = await running;
  assert.deepEqual([status, stdout.replace(/\d node/, 'N node')], [0, 'appended at offsets 0 to 9999, held by N nodes\n']);
  assert.deepEqual(await messagesFrom(0), lines);
});

test('an append that has to stop says what is stored, and the command that it prints continues', onlyLong, async () => {
  const begin = (await messagesOf(nodes.master)).length;
  const lines = numbered(2500, 'stopped');
  const file = join(nodes.cluster.folder, "the user's lines.txt");
  writeFileSync(file, textOf(lines));
  assert.equal((await runRlog(`head -1000 "${file}" | ${rlogPath} append --key stop`, { env: env() })).status, 0);
  // The second thousand waits for a member that is not there.
  await nodes.s2.kill();
  const run = (more: string): ReturnType<typeof runRlog> => runRlog(`${rlogPath} append --key stop ${more} < "${file}"`, { env: env() });
  const stopped = await run('--from-line 1500 --w all --timeout-ms 2000');
  assert.deepEqual([stopped.status, stopped.stdout], [3, '']);
  const [, first, last, command = ''] =
    /^rlog: .*\(concern-timeout, unknown\)\n {2}lines 1 to 1000 are stored; lines (\d+) to (\d+) may be, and nothing after; .*:\n {2}(.*)\n$/.exec(
      stopped.stderr
        .split('\n')
        .filter((line) => !line.includes('trying again'))
        .join('\n'),
    ) ?? assert.fail(stopped.stderr);
  assert.deepEqual([first, last], ['1001', '2000']);
  await nodes.s2.start();
  await waitFor('all are there', async () => (await healthOf(nodes.master)).status === 'healthy');
  await continueBy(command);
  // Another run with the same key stores nothing, and says at which offsets the lines are.
  const again = await run('--w 1');
  assert.match(again.stdout, new RegExp(`^appended at offsets ${begin} to ${begin + 2499}, `));
  assert.deepEqual(await messagesFrom(begin), lines);
});

test('a bad line is named, nothing after it is stored, and once it is corrected the printed command continues', async () => {
  const begin = (await messagesOf(nodes.master)).length;
  const file = join(nodes.cluster.folder, 'values.jsonl');
  const values = numbered(2500, 'v').map((v, n) => JSON.stringify({ v, n }));
  writeFileSync(file, textOf(values.with(2102, '{"v":')));
  const bad = await runRlog(`${rlogPath} append --json-lines --w majority < ${file}`, { env: env() });
  assert.equal(bad.status, 1);
  const [, command = ''] =
    /^rlog: line 2103 is not a JSON value: "\{"v":"\n {2}lines 1 to 2000 are stored, and nothing after; to continue:\n {2}(.*)\n$/.exec(
      bad.stderr,
    ) ?? assert.fail(bad.stderr);
  assert.equal((await messagesOf(nodes.master)).length, begin + 2000);
  writeFileSync(file, textOf(values));
  await continueBy(command);
  assert.deepEqual(
    await messagesFrom(begin),
    values.map((value) => JSON.parse(value) as unknown),
  );
});

test('after Ctrl-C append says what is stored, and changed input under the same key is refused instead of stored twice', async () => {
  const begin = (await messagesOf(nodes.master)).length;
  const lines = numbered(1500, 'interrupted');
  const { promise: started, resolve } = Promise.withResolvers<ChildProcess>();
  const running = runRlog(['append', '--key', 'cut'], { env: env(), input: textOf(lines), isOpen: true, started: resolve });
  await waitFor('the first thousand is there', async () => (await messagesOf(nodes.master)).length === begin + 1000);
  (await started).kill('SIGINT');
  const { status, stdout, stderr } = await running;
  assert.deepEqual([status, stdout], [130, '']);
  assert.match(
    stderr,
    /^rlog: interrupted\n {2}lines 1 to 1000 are stored, and nothing after; to continue:\n {2}\S+ append --key cut --from-line 1001 < THE_SAME_INPUT\n$/,
  );
  const changed = await runRlog(['append', '--key', 'cut'], { input: textOf(lines.with(3, 'other')), env: env() });
  assert.equal(changed.status, 1);
  assert.match(changed.stderr, /\(key-reused, rejected\)\n {2}nothing is stored\n$/);
  assert.equal((await messagesOf(nodes.master)).length, begin + 1000);
});

test('what messages prints can be appended unchanged, and strings can be printed and appended as text', onlyLong, async () => {
  const values = ['"text"', '{"a":1.0}', '[1,2]', 'null', '12345678901234567890', '"\\u0041\\n"'];
  const begin = (await messagesOf(nodes.master)).length;
  await runRlog(['append', '--json-lines'], { input: textOf(values), env: env() });
  const printed = await runRlog(['messages', '--from', String(begin)], { env: env() });
  assert.equal(printed.stdout, textOf(values));
  await runRlog(`${rlogPath} messages --from ${begin} | ${rlogPath} append --json-lines`, { env: env() });
  assert.equal((await runRlog(['messages', '--from', String(begin + values.length)], { env: env() })).stdout, textOf(values));
  assert.equal((await runRlog(['messages', '--from', String(begin), '--limit', '2', '--raw'], { env: env() })).stdout, 'text\n{"a":1.0}\n');
  assert.equal((await runRlog(['tail', '-n', '1', '--raw', '--read', 'default'], { env: env() })).stdout, 'A\n\n');
  assert.equal((await runRlog(['messages', '--raw', '--json'], { env: env() })).status, 2);
});
