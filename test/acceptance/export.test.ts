/** Entries as lines: out of a node or a folder, and into another log, each once. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { append, ask, messagesOf } from '../support/api.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { onlyLong } from '../support/long.ts';

const cluster = new TestCluster();
let source: TestNode;
let file = '';
/** As they were sent: the spelling of numbers, escapes and the order of fields stay. */
const texts = ['"plain"', '{"b":1.50,"a":1e3}', '"\\u00e9 \\u2028"', 'null', '{"message":{"message":1}}'];

before(async () => {
  source = await started('source');
  for (const text of texts)
    await ask(source, '/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"message":${text}}` });
  const messages = Array.from({ length: 2500 }, (_unused, n) => `m${n}`);
  await ask(source, '/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ messages }) });
  file = join(cluster.folder, 'log.ndjson');
  const { status, stderr } = await runRlog(['export', file, '--url', source.url]);
  assert.equal(status, 0, stderr);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function started(id: string): Promise<TestNode> {
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { SERVER_ID: id } });
  await node.start();
  await isReady(node);
  return node;
}

test('an export has every entry as it was sent, with its place, and the folder of a stopped node gives the same', onlyLong, async () => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, texts.length + 2500);
  for (const [at, text] of texts.entries()) {
    const { timestamp } = JSON.parse(lines[at] ?? '') as { timestamp: string };
    assert.equal(lines[at], `{"offset":${at},"epoch":1,"timestamp":"${timestamp}","message":${text}}`);
  }
  const other = await started('folder');
  for (const text of ['one', 'two', 'three']) await append(other, text);
  const running = await runRlog(['export', '--url', other.url]);
  await other.stop();
  const stopped = await runRlog(['export', '--data', other.dataDir]);
  assert.deepEqual([stopped.stdout, stopped.status, stopped.stderr], [running.stdout, 0, '']);
  const part = await runRlog(['export', '--data', other.dataDir, '--from', '1', '--limit', '1']);
  assert.equal(part.stdout, `${running.stdout.split('\n')[1] ?? ''}\n`);
  const again = await runRlog(['export', file, '--url', source.url]);
  assert.deepEqual([again.status, again.stderr], [2, `rlog: ${file} exists: name another file, or add --overwrite\n`]);
});

test('an import stores every message once, whatever ends it, with its progress or without', onlyLong, async () => {
  const target = await started('target');
  // A run that was killed after the second batch: its first one is noted, the second one was sent and not noted.
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const whole = await runRlog(['import', file, '--url', target.url, '--progress', join(cluster.folder, 'first')]);
  assert.match(whole.stdout, /log.ndjson: 2505 messages imported, 2505 in all; the log ends at offset 2505/);
  const exported = (await runRlog(['export', '--url', target.url])).stdout.trimEnd().split('\n');
  const messageIn = (line: string): string => line.slice(line.indexOf('"message":'));
  assert.deepEqual(exported.map(messageIn), lines.map(messageIn));
  const noted = JSON.parse(readFileSync(join(cluster.folder, 'first'), 'utf8')) as Record<string, unknown>;
  const second = join(cluster.folder, 'second');
  const sending = { line: 1001, since: new Date().toISOString() };
  writeFileSync(second, JSON.stringify({ ...noted, stored: 1000, end: 1000, sending, isDone: false }));
  for (const progress of [second, join(cluster.folder, 'none'), join(cluster.folder, 'first')]) {
    const { status, stderr } = await runRlog(['import', file, '--url', target.url, '--progress', progress]);
    assert.equal(status, 0, stderr);
    assert.equal((await messagesOf(target)).length, 2505);
  }
  // Nobody knows any more whether it was stored.
  writeFileSync(
    second,
    JSON.stringify({ ...noted, stored: 1000, end: 1000, sending: { ...sending, since: '2020-01-01T00:00:00.000Z' }, isDone: false }),
  );
  const late = await runRlog(['import', file, '--url', target.url, '--progress', second]);
  assert.equal(late.status, 1);
  assert.match(late.stderr, /lines from 1001 on were sent at 2020-01-01.*does not remember keys for so long/);
  assert.equal((await messagesOf(target)).length, 2505);
});

test('a line that is no entry is named before anything is stored, and a pipe needs a name', onlyLong, async () => {
  const target = await started('untouched');
  const bad = join(cluster.folder, 'bad.ndjson');
  writeFileSync(bad, `${readFileSync(file, 'utf8').split('\n').slice(0, 1200).join('\n')}\n{"text":1}\n`);
  const { status, stderr } = await runRlog(['import', bad, '--url', target.url]);
  assert.deepEqual([status, (await messagesOf(target)).length], [1, 0]);
  assert.match(stderr, /line 1201 is not an entry: an object with "message".*nothing was imported/);
  const piped = await runRlog(['import', '-', '--url', target.url], { input: readFileSync(file, 'utf8') });
  assert.equal(piped.status, 2);
  const named = ['import', '-', '--url', target.url, '--key', 'k', '--progress', join(cluster.folder, 'piped')];
  assert.equal((await runRlog(named, { input: readFileSync(file, 'utf8') })).status, 0);
  assert.equal((await messagesOf(target)).length, 2505);
});
