/** What the lab can do to the nodes of `rlog dev`, and what its page then sees. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { exchange } from '../support/api.ts';
import type { Health } from '../support/api.ts';
import { devPorts, pidsIn, startDev } from '../support/dev.ts';
import type { Dev } from '../support/dev.ts';
import { EventStream } from '../support/events.ts';
import { TestCluster, quickHealth } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

interface LabNode {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly isCutOff: boolean;
  readonly delayMs: number;
  readonly pid: number | null;
}

interface Answered<T> {
  readonly status: number;
  readonly json: T;
}

const cluster = new TestCluster();
let dev: Dev;
let labUrl = '';
let ports: number[] = [];

before(async () => {
  ports = await devPorts();
  labUrl = `http://127.0.0.1:${ports[3]}`;
  dev = startDev(cluster, [], { ports, env: quickHealth });
  await waitFor('the lab serves, and its nodes', async () => {
    try {
      return (await ask('/nodes/master/ready')).status === 200;
    } catch {
      return false;
    }
  });
  await everybodyIsHealthy();
});

afterEach(async () => {
  assert.equal((await post('/lab/reset', {})).status, 200);
  await everybodyIsHealthy();
});

after(async () => {
  dev.child.stdin?.write('q');
  assert.equal(await dev.exited, 0);
  await cluster[Symbol.asyncDispose]();
});

async function ask<T = Record<string, unknown>>(
  path: string,
  asked: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Answered<T>> {
  const { status, text } = await exchange(new URL(path, labUrl), asked);
  return { status, json: JSON.parse(text) as T };
}

function post<T = Record<string, unknown>>(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered<T>> {
  return ask<T>(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}

function act(id: string, deed: object): Promise<Answered<LabNode>> {
  return post<LabNode>(`/lab/nodes/${id}`, deed);
}

async function labNode(id: string): Promise<LabNode> {
  const { json } = await ask<{ nodes: LabNode[] }>('/lab');
  const node = json.nodes.find((each) => each.id === id);
  assert.ok(node !== undefined);
  return node;
}

async function health(id: string): Promise<Health> {
  return (await ask<Health>(`/nodes/${id}/health`, { signal: AbortSignal.timeout(5000) })).json;
}

/** This member, as the master sees it. */
async function member(id: string): Promise<Health['members'][number]> {
  const found = (await health('master')).members.find((each) => each.id === id);
  assert.ok(found !== undefined);
  return found;
}

async function everybodyIsHealthy(): Promise<void> {
  await waitFor('all nodes are healthy members and have everything', async () => {
    const { members, ends } = await health('master');
    const isWhole = members.length === 3 && members.every((each) => each.state === 'member' && each.health === 'healthy');
    return isWhole && members.every((each) => each.durableEnd === ends.durableEnd);
  });
}

async function append(message: string, concern: { w: number | 'majority' | 'all'; timeoutMs?: number }, id = 'master') {
  const begunAt = performance.now();
  const { status, json } = await post(`/nodes/${id}/messages`, { message, ...concern });
  return { status, json, ms: performance.now() - begunAt };
}

test('the lab lists its nodes by their own URLs, and so does the terminal', async () => {
  const urls = ports.slice(0, 3).map((port) => `http://127.0.0.1:${port}`);
  const { json } = await ask<{ self: null; hasLab: boolean; nodes: { id: string; url: string }[] }>('/nodes');
  const ids = ['master', 'secondary1', 'secondary2'];
  assert.deepEqual(json, { self: null, hasLab: true, nodes: ids.map((id, index) => ({ id, url: urls[index] })) });
  const pids = pidsIn(dev.output());
  const { nodes } = (await ask<{ nodes: LabNode[] }>('/lab')).json;
  assert.deepEqual(
    nodes,
    ids.map((id, index) => ({
      id,
      kind: index === 0 ? 'master' : 'secondary',
      url: urls[index],
      isRunning: true,
      isPaused: false,
      isCutOff: false,
      delayMs: 0,
      pid: pids[index],
    })),
  );
  assert.match(dev.output(), new RegExp(`^\\s*page: http://localhost:${ports[3]}\n`));
  for (const url of urls) assert.ok(dev.output().includes(url));
});

test('nodes report each other by the URLs that people use, never by links', async () => {
  const urls = ports.slice(0, 3).map((port) => `http://127.0.0.1:${port}`);
  for (const id of ['master', 'secondary1']) {
    const { members, leader } = await health(id);
    assert.deepEqual(members.map(({ url }) => url).toSorted(), urls.toSorted(), id);
    assert.equal(leader?.url, urls[0], id);
  }
});

test('a secondary that is cut off gets nothing and becomes unhealthy, but its clients reach it; once reconnected it catches up', async () => {
  assert.equal((await append('before', { w: 'all' })).status, 201);
  const { ends } = await health('secondary1');
  assert.equal((await act('secondary1', { do: 'cutOff' })).json.isCutOff, true);
  await waitFor('the master suspects it', async () => (await member('secondary1')).health === 'suspected');
  await waitFor('the master gives it up', async () => (await member('secondary1')).health === 'unhealthy');
  assert.equal((await append('during', { w: 2 })).status, 201);
  const late = await append('during too', { w: 'all', timeoutMs: 300 });
  assert.deepEqual([late.status, late.json['code'], late.json['waitingFor']], [504, 'concern-timeout', ['secondary1']]);
  assert.equal((await health('secondary1')).ends.durableEnd, ends.durableEnd);
  const forwarded = await append('from there', { w: 1, timeoutMs: 500 }, 'secondary1');
  assert.ok(forwarded.status >= 500, `its clients cannot write: ${forwarded.status}`);
  assert.equal((await act('secondary1', { do: 'reconnect' })).json.isCutOff, false);
  const { durableEnd } = (await health('master')).ends;
  await waitFor('it catches up', async () => (await health('secondary1')).ends.durableEnd >= durableEnd);
});

test('while the master is cut off it has no majority, and no secondary reaches it', async () => {
  await act('master', { do: 'cutOff' });
  await waitFor('it says so', async () => (await ask('/nodes/master/ready')).status === 503);
  const refused = await append('x', { w: 1 });
  assert.deepEqual([refused.status, refused.json['code'], refused.json['outcome']], [503, 'no-quorum', 'rejected']);
  for (const id of ['secondary1', 'secondary2']) assert.ok((await append('x', { w: 1, timeoutMs: 300 }, id)).status >= 500, id);
  await act('master', { do: 'reconnect' });
  await waitFor('it takes appends again', async () => (await ask('/nodes/master/ready')).status === 200);
});

test('an append waits for the delay of a node only if it waits for that node', async () => {
  const { pid } = await labNode('secondary2');
  const { json } = await act('secondary2', { do: 'delay', delayMs: 700 });
  assert.deepEqual([json.delayMs, json.isRunning, json.pid === pid], [700, true, false]);
  await everybodyIsHealthy();
  const all = await append('all', { w: 'all' });
  assert.ok(all.status === 201 && all.ms >= 700, `${all.status} after ${all.ms}`);
  const two = await append('two', { w: 2 });
  assert.ok(two.status === 201 && two.ms < 700, `${two.status} after ${two.ms}`);
  const same = await act('secondary2', { do: 'delay', delayMs: 700 });
  assert.equal(same.json.pid, json.pid, 'the same delay changes nothing');
  const master = await act('master', { do: 'delay', delayMs: 700 });
  assert.deepEqual([master.status, (master.json as unknown as { code: string }).code], [409, 'not-now']);
});

test('a wiped secondary comes back blank, gets everything, and counts again', async () => {
  await append('kept by the others', { w: 'all' });
  const { storage } = (await health('secondary1')) as Health & { storage: string };
  const wiped = await act('secondary1', { do: 'wipe' });
  assert.deepEqual([wiped.json.isRunning, wiped.json.pid], [false, null]);
  assert.equal(existsSync(join(cluster.folder, 'data', 'dev', 'secondary1', 'state.json')), false);
  assert.equal((await act('secondary1', { do: 'wipe' })).status, 200);
  assert.equal((await act('secondary1', { do: 'start' })).json.isRunning, true);
  // Its old storage is healthy for the master until it has been silent for a second.
  const { durableEnd } = (await health('master')).ends;
  await waitFor('it has everything', async () => (await health('secondary1')).ends.durableEnd === durableEnd);
  await everybodyIsHealthy();
  const renewed = (await health('secondary1')) as Health & { storage: string };
  assert.notEqual(renewed.storage, storage);
});

test('a paused node answers nothing and is gone for the page; resumed, it continues', async () => {
  const { pid } = await labNode('secondary1');
  assert.equal((await act('secondary1', { do: 'pause' })).json.isPaused, true);
  assert.equal((await act('secondary1', { do: 'pause' })).status, 200);
  using stream = await EventStream.openAt(`${labUrl}/activities`);
  await waitFor('the master gives it up', async () => (await member('secondary1')).health === 'unhealthy');
  await waitFor('the page hears', () => stream.events.some(({ event, data }) => event === 'gone' && data['node'] === 'secondary1'));
  assert.equal((await act('secondary1', { do: 'delay', delayMs: 100 })).status, 409);
  const resumed = await act('secondary1', { do: 'resume' });
  assert.deepEqual([resumed.json.isPaused, resumed.json.pid], [false, pid]);
  await everybodyIsHealthy();
});

test('the lab notices that a node was killed from outside, and refuses what makes no sense then', onlyLong, async () => {
  const { pid } = await labNode('secondary2');
  assert.ok(pid !== null);
  process.kill(pid, 'SIGKILL');
  await waitFor('it does not run', async () => !(await labNode('secondary2')).isRunning);
  for (const deed of ['kill', 'pause', 'resume']) {
    const { status, json } = await act('secondary2', { do: deed });
    assert.deepEqual([status, (json as unknown as { code: string }).code], [409, 'not-now'], deed);
  }
  assert.equal((await act('secondary2', { do: 'start' })).status, 200);
  assert.equal((await act('secondary2', { do: 'start' })).status, 409);
  assert.equal((await act('secondary2', { do: 'kill' })).json.isRunning, false);
  assert.match(dev.output(), /^secondary2 +is killed \(kill -9\)$/m);
});

test('a reset undoes everything, whatever was done', onlyLong, async () => {
  await append('kept', { w: 'all' });
  const { length } = (await ask<{ messages: unknown[] }>('/nodes/master/messages')).json.messages;
  await act('secondary1', { do: 'delay', delayMs: 5000 });
  await act('secondary1', { do: 'pause' });
  await act('secondary2', { do: 'kill' });
  await act('master', { do: 'cutOff' });
  const { json } = await post<{ nodes: LabNode[] }>('/lab/reset', {});
  for (const node of json.nodes) {
    const { isRunning, isPaused, isCutOff, delayMs } = node;
    assert.deepEqual(
      { isRunning, isPaused, isCutOff, delayMs },
      { isRunning: true, isPaused: false, isCutOff: false, delayMs: 0 },
      node.id,
    );
  }
  await everybodyIsHealthy();
  assert.equal((await ask<{ messages: unknown[] }>('/nodes/secondary1/messages')).json.messages.length, length);
});

test('a reset puts nodes into any state that it is asked for', onlyLong, async () => {
  const first = { isRunning: true, isPaused: false, isCutOff: true, delayMs: 200 };
  const second = { isRunning: false, isPaused: false, isCutOff: false, delayMs: 0 };
  const { status, json } = await post<{ nodes: LabNode[] }>('/lab/reset', {
    nodes: [
      { id: 'secondary1', ...first },
      { id: 'secondary2', ...second },
    ],
  });
  assert.equal(status, 200);
  assert.deepEqual(
    json.nodes.map(({ isRunning, isPaused, isCutOff, delayMs }) => ({ isRunning, isPaused, isCutOff, delayMs })),
    [{ isRunning: true, isPaused: false, isCutOff: false, delayMs: 0 }, first, second],
  );
  assert.equal((await post('/lab/reset', { nodes: [{ id: 'secondary1' }] })).status, 400);
});

test('a disk forgets the end of its log, and the node gets it again when it is back', async () => {
  for (const message of ['one', 'two', 'three']) await append(message, { w: 'all' });
  const { length } = (await ask<{ messages: unknown[] }>('/nodes/master/messages')).json.messages;
  const { status, json } = await act('secondary2', { do: 'forget' });
  assert.deepEqual([status, json.isRunning], [200, false]);
  assert.match(dev.output(), /^secondary2 +forgets the end of its log: [1-9]\d* bytes/m);
  await act('secondary2', { do: 'start' });
  await everybodyIsHealthy();
  await waitFor('it has everything', async () => {
    return (await ask<{ messages: unknown[] }>('/nodes/secondary2/messages')).json.messages.length === length;
  });
});

test('with a fixed master no other node can be promoted, and the lab says why', async () => {
  const { status, json } = await act('secondary1', { do: 'promote' });
  assert.equal(status, 409);
  assert.match((json as unknown as { detail: string }).detail, /here only the master leads/);
});

test('the answers of a class are counted, and can be cleared', async () => {
  const path = '/lab/predictions/blocking';
  assert.deepEqual((await post<object>(path, { voter: 'a', choice: 'waits' })).json, { experiment: 'blocking', counts: { waits: 1 } });
  assert.equal((await post(path, { voter: 'a' })).status, 400);
  assert.equal((await post(path, { voter: 'a', choice: 'waits' }, { origin: 'http://evil.example' })).status, 403);
  assert.equal((await ask(path, { method: 'DELETE', headers: { origin: 'http://evil.example' } })).status, 403);
  assert.deepEqual((await ask<object>(path)).json, { experiment: 'blocking', counts: { waits: 1 } });
  assert.deepEqual((await ask<object>(path, { method: 'DELETE' })).json, { experiment: 'blocking', counts: {} });
});

test('an unknown action or node, invalid JSON and requests of other sites are refused, and nothing is done', async () => {
  const body = '{"do":"kill"}';
  const refusals = await Promise.all([
    ask('/lab/nodes/secondary1', { method: 'POST', headers: { 'content-type': 'text/plain' }, body }),
    ask('/lab/nodes/secondary1', { method: 'POST', body }),
    ask('/lab/reset', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }),
    post('/lab/nodes/secondary1', { do: 'kill' }, { origin: 'http://evil.example' }),
    post('/lab/nodes/secondary1', { do: 'kill' }, { origin: 'null' }),
    post('/lab/reset', {}, { origin: 'http://localhost:1' }),
    ask('/lab', { headers: { host: 'evil.example' } }),
    post('/lab/nodes/secondary1', { do: 'kill' }, { 'x-forwarded-for': '127.0.0.1' }),
    ask('/lab', { headers: { forwarded: 'for=203.0.113.5' } }),
    post('/nodes/master/messages', { message: 'planted' }, { 'sec-fetch-site': 'cross-site' }),
    post('/lab/nodes/secondary1', { do: 'explode' }),
    post('/lab/nodes/secondary1', { do: 'kill', twice: true }),
    post('/lab/nodes/secondary1', { do: 'delay' }),
    post('/lab/nodes/secondary1', { do: 'delay', delayMs: -1 }),
    post('/lab/nodes/secondary1', { do: 'delay', delayMs: '5' }),
    post('/lab/nodes/secondary1', { do: 'kill', delayMs: 1 }),
    ask('/lab/nodes/secondary1', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }),
    post('/lab/nodes/nobody', { do: 'kill' }),
    ask('/lab/nodes/secondary1'),
    ask('/nodes/secondary1/secondaries'),
  ]);
  assert.deepEqual(
    refusals.map(({ status }) => status),
    [415, 415, 415, 403, 403, 403, 403, 403, 403, 403, 400, 400, 400, 400, 400, 400, 400, 404, 405, 404],
  );
  for (const { json } of refusals) assert.equal(json['outcome'], 'rejected');
  const own = await post('/lab/nodes/secondary1', { do: 'reconnect' }, { origin: labUrl });
  assert.equal(own.status, 200);
  assert.equal((await labNode('secondary1')).isRunning, true);
});

test('a page from a node that is cut off sees that node and no other', async () => {
  await act('secondary1', { do: 'cutOff' });
  const own = await exchange(new URL('/nodes/secondary1/health', (await labNode('secondary1')).url), {});
  assert.equal(own.status, 200);
  using stream = await EventStream.openAt(`${(await labNode('secondary1')).url}/activities`);
  await waitFor('the others are gone', () =>
    ['master', 'secondary2'].every((id) => stream.events.some(({ event, data }) => event === 'gone' && data['node'] === id)),
  );
});
