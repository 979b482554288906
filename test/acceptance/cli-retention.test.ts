/** `rlog trim` and `rlog retention`, how the other commands show a log that was trimmed, and the client; on real nodes. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { append, ask, healthOf } from '../support/api.ts';
import { TestCluster, cleanEnvironment, isReady, rlogPath, startThree } from '../support/nodes.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import type { Ran } from '../support/rlog.ts';
import { Tmux, onlyWithTmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree();
  for (let n = 0; n < 12; n += 1) await append(nodes.master, `m${n}`);
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

const rlog = (...args: readonly string[]): Promise<Ran> => runRlog(args, { env: { RLOG_URL: nodes.s1.url } });
const firstOffset = async (): Promise<number> => (await healthOf(nodes.master)).firstOffset;

test('trim says what would go, asks, and without somebody to ask it needs --yes', onlyLong, async () => {
  const dry = await rlog('trim', '--before', '5', '--dry-run');
  const says = '5 entries would go (offsets 0 to 4), and 7 entries would stay, from 5 on\n';
  assert.deepEqual(dry, { status: 0, stdout: says, stderr: '' });
  const dryJson = await rlog('trim', '--before', '5', '--dry-run', '--json');
  assert.deepEqual(JSON.parse(dryJson.stdout), { firstOffset: 0, before: 5, trimmedCount: 5, keptCount: 7 });
  const unasked = await rlog('trim', '--before', '5');
  assert.deepEqual([unasked.status, unasked.stdout], [2, '']);
  assert.equal(unasked.stderr, `${says}rlog: nothing was changed: add --yes if you are sure\n`);
  assert.equal(await firstOffset(), 0);
  assert.deepEqual(await rlog('trim', '--before', '5', '--yes'), { status: 0, stdout: 'the log begins at 5\n', stderr: '' });
  assert.equal(await firstOffset(), 5);
  // There is nothing to ask about.
  assert.deepEqual(await rlog('trim', '--before', '3'), { status: 0, stdout: 'the log begins at 5\n', stderr: '' });
  assert.match((await rlog('trim', '--before', '3', '--dry-run')).stdout, /^nothing would go: the log begins at 5\n$/);
  assert.equal(
    (await rlog('trim', '--before', '6', '--dry-run')).stdout,
    '1 entry would go (offset 5), and 6 entries would stay, from 6 on\n',
  );
  assert.deepEqual(JSON.parse((await rlog('trim', '--before', '5', '--yes', '--json')).stdout), { firstOffset: 5 });
  for (const args of [['--dry-run'], ['--yes']]) {
    const beyond = await rlog('trim', '--before', '13', ...args);
    assert.deepEqual([beyond.status, beyond.stdout], [1, '']);
    assert.match(beyond.stderr, /only those before 12 are committed \(not-committed, rejected\)\n$/);
  }
  for (const args of [[], ['--before', 'x'], ['--before', '-1'], ['--before']]) assert.equal((await rlog('trim', ...args)).status, 2);
});

test('on a terminal trim asks, and anything but yes changes nothing', onlyWithTmux, async () => {
  const env = { ...cleanEnvironment(), RLOG_URL: nodes.master.url };
  const first = await firstOffset();
  for (const [answer, begins] of [
    ['no', first],
    ['yes', first + 1],
  ] as const) {
    using terminal = new Tmux(`${rlogPath} trim --before ${first + 1}`, { folder: nodes.cluster.folder, env, columns: 120 });
    await waitFor('it asks', () => terminal.text.includes('Let them go? Type yes:'));
    assert.match(terminal.text, /1 entry would go \(offset \d+\)/);
    terminal.press(answer);
    terminal.press('Enter');
    await waitFor('it is done', () => terminal.text.includes(answer === 'yes' ? 'the log begins at' : 'nothing was changed'));
    assert.equal(await firstOffset(), begins);
  }
});

test('reading and the state of the cluster begin where the log does, and an offset before that is an error', onlyLong, async () => {
  const first = await firstOffset();
  const kept = Array.from({ length: 12 - first }, (_unused, n) => `"m${first + n}"\n`).join('');
  assert.deepEqual(await rlog('messages'), { status: 0, stdout: kept, stderr: '' });
  assert.deepEqual(await rlog('tail'), { status: 0, stdout: kept, stderr: '' });
  assert.equal((await rlog('tail', '-n', '2')).stdout, '"m10"\n"m11"\n');
  assert.match((await rlog('get')).stdout, new RegExp(`^${12 - first} messages on .*\\n {2}${first} {2}"m${first}"\\n`));
  assert.match((await rlog('status')).stdout, new RegExp(`^log begins at ${first}, end 12, durable 12,`, 'm'));
  assert.match((await rlog('health')).stdout, new RegExp(`, ${12 - first} messages\\n$`));
  for (const args of [['messages'], ['tail'], ['tail', '-f']]) {
    const gone = await rlog(...args, '--from', '0');
    assert.deepEqual([gone.status, gone.stdout], [1, '']);
    assert.equal(gone.stderr, `rlog: entry 0 was trimmed: the log begins at ${first} (trimmed, rejected)\n`);
  }
});

test('tail -f --skip-trimmed says how many entries are gone, and goes on', onlyLong, async () => {
  const first = await firstOffset();
  const child = spawn(rlogPath, ['tail', '-f', '--from', '1', '--skip-trimmed'], {
    env: { ...cleanEnvironment(), RLOG_URL: nodes.s2.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  try {
    await waitFor('it prints what is kept', () => stdout.includes('"m11"'));
    assert.equal(stderr, `rlog: ${first - 1} entries are gone, from offset 1 on: the log begins at ${first}\n`);
    assert.ok(stdout.startsWith(`"m${first}"\n`));
  } finally {
    child.kill('SIGKILL');
  }
});

test('retention is shown, and replaced as a whole, in the units in which people say it', onlyLong, async () => {
  const shown = (age: string, bytes: string, entries: string, window: string): string =>
    `max age             ${age}\nmax bytes           ${bytes}\nmax entries         ${entries}\nidempotency window  ${window}\n`;
  assert.deepEqual(await rlog('retention'), { status: 0, stdout: shown('no limit', 'no limit', 'no limit', '1d'), stderr: '' });
  const set = await rlog('retention', 'set', '--max-age', '7d', '--max-bytes', '2GiB', '--idempotency-window', '36h');
  assert.deepEqual(set, { status: 0, stdout: shown('7d', '2GiB', 'no limit', '36h'), stderr: '' });
  assert.equal((await rlog('retention', 'show')).stdout, set.stdout);
  const json = JSON.parse((await rlog('retention', '--json')).stdout) as object;
  assert.deepEqual(json, { maxAgeMs: 604_800_000, maxBytes: 2 ** 31, maxEntries: null, idempotencyWindowMs: 129_600_000 });
  assert.equal((await rlog('retention', 'set', '--max-entries', '1000000')).stdout, shown('no limit', 'no limit', '1000000', '1d'));
  assert.equal((await rlog('retention', 'set', '--max-age', 'none')).stdout, shown('no limit', 'no limit', 'no limit', '1d'));
  for (const [args, why] of [
    [[], 'say what to keep, like --max-age 7d; --max-age none keeps everything'],
    [['--max-age', '7'], '--max-age must be a duration like 7d, 24h, 30m or 90s, or none, not "7"'],
    [['--max-age', '0d'], '--max-age must be a duration like 7d or 12h, not zero, or none, not "0d"'],
    [['--max-bytes', '2GB'], '--max-bytes must be a size from 1KiB to 1024TiB, like 2GiB or 500MiB, or none, not "2GB"'],
    [['--max-entries', '0'], '--max-entries must be a whole number, at least 1, or none, not "0"'],
  ] as const) {
    assert.deepEqual(await rlog('retention', 'set', ...args), { status: 2, stdout: '', stderr: `rlog: ${why}\n` });
  }
});

test('the client trims, sets what is kept, and reads and follows what is there', async () => {
  const client = new LogClient({ urls: [nodes.s1.url, nodes.master.url, nodes.s2.url] });
  assert.deepEqual(await client.trim(9), { firstOffset: 9 });
  assert.deepEqual(await client.trim(2), { firstOffset: 9 });
  // It may be committed soon, so it is tried for as long as the caller allows.
  await assert.rejects(client.trim(99, { timeoutMs: 100 }), { code: 'not-committed', outcome: 'rejected' });
  await assert.rejects(client.trim(-1), RangeError);
  const offsets: number[] = [];
  for await (const page of client.read()) offsets.push(...page.map(({ offset }) => offset));
  assert.deepEqual(offsets, [9, 10, 11]);
  const followed: unknown[] = [];
  for await (const { offset } of client.follow({ from: 4, onTrimmed: 'skip', onSkip: (skipped) => followed.push(skipped) })) {
    followed.push(offset);
    if (offset === 11) break;
  }
  assert.deepEqual(followed, [{ start: 4, firstOffset: 9, count: 5 }, 9, 10, 11]);
  await assert.rejects(client.follow({ from: 4 }).next(), { code: 'trimmed', status: 410 });
  await assert.rejects(client.read({ from: 4 }).next(), { code: 'trimmed' });
  const none = { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 };
  assert.deepEqual(await client.setRetention({ maxEntries: 1e6 }), { ...none, maxEntries: 1e6 });
  assert.deepEqual(await client.retention(), { ...none, maxEntries: 1e6 });
  assert.deepEqual(await client.setRetention({}), none);
  await assert.rejects(client.setRetention({ maxAgeMs: 0 }), RangeError);
  await assert.rejects(client.setRetention({ maxAge: 1 } as object), TypeError);
});

test('what a founder was told to keep is what its cluster begins with, and what was set later stays', async () => {
  await using cluster = new TestCluster();
  const env = { RETENTION_AGE_MAX: '7d', RETENTION_BYTES_MAX: '2GiB', IDEMPOTENCY_WINDOW: '2h' };
  const node = cluster.add({ kind: 'master', port: await freePort(), env, args: ['--retention-entries-max', '500'] });
  await node.start();
  await isReady(node);
  const kept = async (): Promise<object> => (await ask(node, '/retention')).json;
  const founding = { maxAgeMs: 604_800_000, maxBytes: 2 ** 31, maxEntries: 500, idempotencyWindowMs: 7_200_000 };
  await waitFor('it is decided', async () => JSON.stringify(await kept()) === JSON.stringify(founding));
  const set = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"maxEntries":9}' };
  assert.equal((await ask(node, '/retention', set)).status, 200);
  await node.kill();
  await node.start();
  await isReady(node);
  await waitFor('it is known again', async () => JSON.stringify(await kept()).includes('"maxEntries":9,'));
  assert.deepEqual(await kept(), { maxAgeMs: null, maxBytes: null, maxEntries: 9, idempotencyWindowMs: 86_400_000 });
});
