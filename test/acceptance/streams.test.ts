/** Which callers may open a replication stream, and how others are refused; the OpenAPI document; metrics. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { append, ask, healthOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { startThree } from '../support/nodes.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree();
  await append(nodes.master, 'one');
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

function upgrade(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers: { connection: 'Upgrade', ...headers }, agent: false });
    call.once('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: '' });
    });
    call.once('response', (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    call.once('error', reject);
    call.end();
  });
}

test('an unknown protocol version is refused with a problem document, and logged once', async () => {
  for (let n = 0; n < 3; n += 1) {
    const answer = await upgrade(`${nodes.s1.url}/replicate`, { upgrade: 'rlog/3', 'rlog-node': 'stranger' });
    assert.equal(answer.status, 426);
    assert.equal(answer.headers['upgrade'], 'rlog/2');
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    const problem = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual(
      [problem['code'], problem['outcome'], problem['protocol'], problem['asked']],
      ['unknown-protocol', 'rejected', 'rlog/2', 'rlog/3'],
    );
  }
  await waitFor('it is said', () => nodes.s1.events('stream.refused').length > 0);
  assert.equal(nodes.s1.events('stream.refused').filter((line) => line['caller'] === 'stranger').length, 1);
});

test('a node speaks the best of the protocol versions that it is asked for, and still rlog/1', async () => {
  for (const [asked, spoken] of [
    ['rlog/3, rlog/2, rlog/1', 'rlog/2'],
    ['rlog/1', 'rlog/1'],
  ] as const) {
    const answer = await upgrade(`${nodes.s1.url}/replicate`, { upgrade: asked });
    assert.deepEqual([answer.status, answer.headers['upgrade']], [101, spoken]);
  }
});

test('a node of another cluster is refused with a problem document that names both clusters, and logged once', async () => {
  const { cluster } = await healthOf(nodes.master);
  for (let n = 0; n < 3; n += 1) {
    const answer = await upgrade(`${nodes.s2.url}/replicate`, { upgrade: 'rlog/1', 'rlog-node': 'foreigner', 'rlog-cluster': 'another' });
    assert.equal(answer.status, 409);
    const problem = JSON.parse(answer.text) as Record<string, unknown>;
    assert.deepEqual([problem['code'], problem['cluster'], problem['asked']], ['other-cluster', cluster, 'another']);
  }
  await waitFor('it is said', () => nodes.s2.events('stream.refused').length > 0);
  assert.equal(nodes.s2.events('stream.refused').filter((line) => line['caller'] === 'foreigner').length, 1);
});

test('garbage on a stream ends the stream, not the node', async () => {
  await new Promise<void>((resolve, reject) => {
    const call = request(`${nodes.s1.url}/replicate`, { headers: { connection: 'Upgrade', upgrade: 'rlog/1' }, agent: false });
    call.once('error', reject);
    call.once('upgrade', (_answer, socket) => {
      socket.once('close', () => resolve());
      socket.write(Buffer.from('garbage garbage garbage garbage garbage garbage'));
    });
    call.end();
  });
  assert.equal((await append(nodes.master, 'two', { w: 3 })).json['acks'], 3);
});

test('each operation of the document is a route of a running node', async () => {
  const { json } = await ask(nodes.master, '/openapi.json');
  assert.equal(json['openapi'], '3.1.0');
  const paths = json['paths'] as Record<string, Record<string, unknown>>;
  // A route is neither "not found" nor "method not allowed". The unknown query parameter makes it refuse the request, so
  // that nothing is changed and no stream is opened.
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of Object.keys(operations)) {
      const { json: answer } = await ask(nodes.s1, `${path.replace('{offset}', 'x').replace('{id}', 'nobody')}?unknown=1`, {
        method: method.toUpperCase(),
      });
      const isNoRoute = answer['code'] === 'method-not-allowed' || String(answer['detail']).startsWith('there is no /');
      assert.ok(!isNoRoute, `${method} ${path}: ${JSON.stringify(answer)}`);
    }
  }
});

test('metrics have help texts, and count', async () => {
  const first = (await ask(nodes.master, '/metrics')).text;
  assert.match(first, /^# HELP rlog_append_seconds .+$/m);
  const count = (text: string): number => Number(/^rlog_appends_total\{outcome="acknowledged"\} (\d+)$/m.exec(text)?.[1]);
  await append(nodes.master, 'counted');
  const { text } = await ask(nodes.master, '/metrics');
  assert.equal(count(text), count(first) + 1);
  assert.match(text, /^rlog_is_leader 1$/m);
  assert.match(text, /^rlog_follower_lag_entries\{follower="s1"\} \d+$/m);
  assert.match(text, /^rlog_members_healthy 3$/m);
  assert.match(text, /^rlog_node_info\{node="master",version="[^"]+",cluster="[^"]+"\} 1$/m);
  assert.match(text, /^rlog_member_health\{member="s2",health="healthy"\} 1$/m);
  assert.ok(valueIn(text, 'rlog_log_bytes') > 0 && valueIn(text, 'rlog_disk_free_bytes') > 0);
  assert.equal(valueIn(text, 'rlog_is_verified'), 1);
  const ofFollower = (await ask(nodes.s1, '/metrics')).text;
  assert.match(ofFollower, /^rlog_leader_epoch\{leader="master"\} \d+$/m);
});

test('waiting appends and open streams are in the metrics until they end', async () => {
  const { master, s2 } = nodes;
  const read = async (name: string): Promise<number> => valueIn((await ask(master, '/metrics')).text, name);
  const open = async (): Promise<number> => read('rlog_listeners{read="committed"}');
  {
    using _ = await EventStream.open(master);
    await waitFor('the stream is open', async () => (await open()) === 1);
  }
  await waitFor('the stream is over', async () => (await open()) === 0);
  assert.equal(await read('rlog_listeners_ended_total{reason="gone"}'), 1);

  s2.signal('SIGSTOP');
  const message = 'm'.repeat(100_000);
  const patient = append(master, message);
  const leaving = new AbortController();
  const body = JSON.stringify({ message });
  const left = ask(master, '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: leaving.signal,
  });
  await waitFor('both wait', async () => (await read('rlog_appends_waiting')) === 2);
  // Their messages are in the log, so waiting appends hold hardly any bytes.
  const waitingBytes = await read('rlog_appends_waiting_bytes');
  assert.ok(waitingBytes > 0 && waitingBytes < 10_000, `${waitingBytes} bytes`);
  leaving.abort();
  await assert.rejects(left);
  await waitFor('one is gone', async () => (await read('rlog_appends_waiting')) === 1);
  s2.signal('SIGCONT');
  assert.equal((await patient).status, 201);
  assert.equal(await read('rlog_appends_waiting_bytes'), 0);
});

function valueIn(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}
