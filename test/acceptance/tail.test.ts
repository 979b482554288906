/** Following the log live: event streams and waiting requests, on the leader and on other nodes. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { append, ask, healthOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const heartbeatMs = 200;
let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree({ env: { LISTENER_HEARTBEAT_MS: String(heartbeatMs) } });
  for (const message of ['zero', 'one', { two: '2\u2028' }]) await append(nodes.master, message);
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

async function logEnd(): Promise<number> {
  return (await healthOf(nodes.master)).ends.logEnd;
}

test('a stream has the log from a given offset on, and then new entries, each with its offset and the mark of the log as its id', async () => {
  using stream = await EventStream.open(nodes.master, '?from=1');
  assert.equal(stream.status, 200);
  assert.match(stream.headers['content-type'] ?? '', /^text\/event-stream/);
  await stream.hears(2);
  const end = await logEnd();
  await append(nodes.master, 'live');
  await stream.hears(end);
  assert.deepEqual(stream.messages.slice(0, 2), ['one', { two: '2\u2028' }]);
  assert.deepEqual(stream.messages.at(-1), 'live');
  assert.deepEqual(
    stream.places,
    Array.from({ length: end }, (_unused, n) => String(n + 1)),
  );
  assert.deepEqual(Object.keys(stream.events[0]?.data ?? {}), ['offset', 'epoch', 'timestamp', 'message']);
  assert.match(stream.text, /^retry: \d+$/m);
});

test('a follower serves streams, too, and at levels other than committed an id also has the epoch', async () => {
  const { epoch } = await healthOf(nodes.master);
  const from = await logEnd();
  using held = await EventStream.open(nodes.s1, `?from=${from}&read=default`);
  using committed = await EventStream.open(nodes.s2, `?from=${from}`);
  using linearizable = await EventStream.open(nodes.s2, `?from=${from}&read=linearizable`);
  const sent = Array.from({ length: 50 }, (_unused, n) => `everywhere ${n}`);
  await Promise.all(sent.map((message) => append(nodes.s1, message)));
  for (const stream of [held, committed, linearizable]) {
    await stream.hears(50);
    assert.deepEqual(stream.messages.toSorted(), sent.toSorted());
  }
  assert.deepEqual(held.messages, committed.messages);
  const offsets = sent.map((_unused, n) => String(from + n));
  assert.deepEqual(committed.places, offsets);
  assert.deepEqual(
    held.places,
    offsets.map((at) => `${epoch}:${at}`),
  );
  assert.deepEqual(linearizable.ids, held.ids);
});

test('a client that lost its connection continues after its last id, also on another node, without a gap or a repetition', async () => {
  const start = await logEnd();
  let isOver = false;
  const writer = (async () => {
    let n = 0;
    for (; !isOver; n += 1) await append(nodes.master, `n ${n}`, { w: 'majority' });
    return n;
  })();
  const heard: unknown[] = [];
  const ids: string[] = [];
  for (let round = 0; round < 12; round += 1) {
    const node = [nodes.master, nodes.s1, nodes.s2][round % 3] ?? nodes.master;
    const last = ids.at(-1);
    // The last id wins over `from`; some clients can send it only in the URL.
    const inHeader = round % 2 === 0 && last !== undefined ? { 'last-event-id': last } : {};
    using stream = await EventStream.open(node, `?from=${start}&lastEventId=${round % 2 === 0 ? '' : (last ?? '')}`, inHeader);
    await stream.hears(5);
    heard.push(...stream.messages);
    ids.push(...stream.ids.map(String));
  }
  isOver = true;
  const written = await writer;
  assert.ok(written >= heard.length);
  assert.deepEqual(
    heard,
    heard.map((_unused, n) => `n ${n}`),
  );
  assert.deepEqual(
    ids.map((id) => id.split('@')[0]),
    ids.map((_unused, n) => String(start + n)),
  );
});

test('many clients that begin in the past, while messages are appended, get each message once', async () => {
  const start = await logEnd();
  const streams: EventStream[] = [];
  for (let n = 0; n < 60; n += 1) {
    await append(nodes.master, n, { w: 1 });
    if (n % 3 === 0) streams.push(await EventStream.open(nodes.master, `?from=${start + Math.floor(n / 2)}&read=default`));
  }
  for (const [index, stream] of streams.entries()) {
    const first = Math.floor((index * 3) / 2);
    await stream.hears(60 - first);
    assert.deepEqual(
      stream.messages,
      Array.from({ length: 60 - first }, (_unused, n) => first + n),
    );
    stream.close();
  }
});

test('a stream from an offset beyond the end waits for that offset', async () => {
  const end = await logEnd();
  using stream = await EventStream.open(nodes.master, `?from=${end + 2}`);
  await append(nodes.master, 'passed over');
  await append(nodes.master, 'passed over too');
  await append(nodes.master, 'heard');
  await stream.hears(1);
  assert.deepEqual(stream.places, [String(end + 2)]);
});

test('an idle stream sends comments', async () => {
  using stream = await EventStream.open(nodes.s1, `?from=${await logEnd()}`);
  await waitFor('three heartbeats', () => (stream.text.match(/^:$/gm) ?? []).length >= 3);
  assert.deepEqual(stream.events, []);
});

test('bad requests for streams and for waiting reads are refused', async () => {
  const events = { accept: 'text/event-stream' };
  for (const [path, headers] of [
    ['/messages?limit=1', {}],
    ['/messages?wait=1', {}],
    ['/messages?read=soon', {}],
    ['/messages?from=-1', {}],
    ['/messages', { 'last-event-id': 'x' }],
    ['/messages', { 'last-event-id': '1:' }],
    ['/messages', { 'last-event-id': '-1' }],
    ['/messages', { 'last-event-id': '1@' }],
    ['/messages', { 'last-event-id': '1@0123456' }],
    ['/messages?lastEventId=x', {}],
  ] as const) {
    const answer = await ask(nodes.master, path, { headers: { ...events, ...headers } });
    assert.equal(answer.json['code'], 'bad-request', `${path} ${JSON.stringify(headers)}`);
  }
  const answer = await ask(nodes.master, '/messages', { headers: { ...events, 'last-event-id': '0:0' } });
  assert.deepEqual([answer.status, answer.json['code'], answer.json['offset'], answer.json['epoch']], [410, 'history-changed', 0, 0]);
  for (const wait of ['-1', 'x', '601', '1e1', '']) {
    assert.equal((await ask(nodes.master, `/messages?wait=${wait}`)).json['code'], 'bad-request', wait);
  }
});

test('a waiting request is answered at once if there is an entry, otherwise when one comes, or with an empty list when its time is up', async () => {
  for (const node of [nodes.master, nodes.s1]) {
    for (const read of ['default', 'committed', 'linearizable']) {
      const end = await logEnd();
      const at = `from=${end}&read=${read}`;
      await waitFor('the node has all', async () => (await healthOf(node)).ends.committedEnd === end);
      assert.deepEqual((await ask(node, `/messages?from=${end - 1}&read=${read}&wait=60`)).json['messages'], [await lastMessage()]);
      const begunAt = performance.now();
      assert.deepEqual((await ask(node, `/messages?${at}&wait=0.3`)).json['messages'], []);
      assert.ok(performance.now() - begunAt >= 299);
      const waiting = ask(node, `/messages?${at}&wait=60&view=entries`);
      const lines = ask(node, `/messages?${at}&wait=60`, { headers: { accept: 'application/x-ndjson' } });
      await append(nodes.master, `came at ${read}`);
      const [entry] = (await waiting).json['messages'] as Record<string, unknown>[];
      assert.deepEqual([entry?.['offset'], entry?.['message']], [end, `came at ${read}`]);
      assert.equal((JSON.parse((await lines).text) as Record<string, unknown>)['offset'], end);
    }
  }
});

async function lastMessage(): Promise<unknown> {
  return (await ask(nodes.master, `/messages/${(await logEnd()) - 1}`)).json['message'];
}

test('a client that reads too slowly is disconnected, is told so in the last event, and can continue from there', onlyLong, async () => {
  const start = await logEnd();
  using slow = await EventStream.open(nodes.master, `?from=${start}`);
  using quick = await EventStream.open(nodes.master, `?from=${start}`);
  slow.pause();
  const text = 'x'.repeat(256 * 1024);
  const count = 100;
  for (let n = 0; n < count; n += 1) {
    assert.equal((await append(nodes.master, `${n} ${text}`, { w: 'majority' })).status, 201);
    // However busy this process is, it reads this stream in time.
    await quick.hears(n + 1);
  }
  assert.equal(quick.end, undefined);
  slow.resume();
  const problem = await slow.ends();
  assert.deepEqual([problem['code'], problem['retryable']], ['listener-too-slow', true]);
  const heard = slow.places;
  assert.ok(heard.length > 0 && heard.length < count, `${heard.length} were heard`);
  assert.equal(slow.events.at(-1)?.event, 'end');
  using again = await EventStream.open(nodes.master, '', { 'last-event-id': String(heard.at(-1)) });
  await again.hears(count - heard.length);
  assert.deepEqual(
    [...heard, ...again.places],
    Array.from({ length: count }, (_unused, n) => String(start + n)),
  );
});

test('a change of leader that cuts entries ends the streams that may have shown them, and their last ids are gone', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  await append(master, 'kept');
  const { epoch } = await healthOf(master);
  using eager = await EventStream.open(master, '?read=default');
  using careful = await EventStream.open(master);
  await Promise.all([eager.hears(1), careful.hears(1)]);
  await s1.kill();
  await s2.kill();
  assert.equal((await append(master, 'lost', { w: 1 })).status, 201);
  await eager.hears(2);
  assert.deepEqual(eager.places, [`${epoch}:0`, `${epoch}:1`]);
  const waiting = ask(master, '/messages?from=2&wait=60&read=default');

  // While it is suspended, the others get another leader.
  master.signal('SIGSTOP');
  s1.spawn();
  s2.spawn();
  await Promise.all([s1.serves(), s2.serves()]);
  const second = cluster.add({ kind: 'master', port: await freePort(), env: { SERVER_ID: 'second', SECONDARIES: `${s1.url},${s2.url}` } });
  await second.start();
  await waitFor('the second takes appends', async () => {
    return (await append(second, 'instead', { w: 'majority', key: 'instead', timeoutMs: 1000 })).status === 201;
  });
  master.signal('SIGCONT');

  assert.equal((await eager.ends())['code'], 'history-changed');
  assert.deepEqual(eager.messages, ['kept', 'lost']);
  assert.equal((await waiting).json['code'], 'history-changed');
  for (const node of [master, s1, second]) {
    const gone = await ask(node, '/messages?read=default', { headers: { accept: 'text/event-stream', 'last-event-id': `${epoch}:1` } });
    assert.deepEqual([gone.status, gone.json['code'], gone.json['outcome']], [410, 'history-changed', 'rejected']);
    const list = await ask(node, '/messages', { headers: { 'last-event-id': `${epoch}:1` } });
    assert.equal(list.status, 410);
    // From an entry that was not cut, a client can continue.
    using on = await EventStream.open(node, '?read=default', { 'last-event-id': `${epoch}:0` });
    await on.hears(1);
    assert.equal(on.messages[0], 'instead');
  }
  // Committed entries are never cut, so this stream goes on.
  await careful.hears(2);
  assert.deepEqual(careful.messages.slice(0, 2), ['kept', 'instead']);
  assert.equal(careful.end, undefined);
});

test('a node that shuts down tells all its listeners, and ends in time', async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  await append(master, 'one');
  const streams = await Promise.all(Array.from({ length: 20 }, () => EventStream.open(s1)));
  for (const stream of streams) await stream.hears(1);
  const waiting = ask(s1, '/messages?from=1&wait=60');
  await waitFor('it waits', async () => {
    await append(master, 'two', { w: 'majority' });
    return true;
  });
  await waiting;
  const again = ask(s1, '/messages?from=100&wait=60');
  const begunAt = performance.now();
  const { code } = await s1.stop();
  assert.equal(code, 0);
  assert.ok(performance.now() - begunAt < 3000);
  for (const stream of streams) {
    const problem = await stream.ends();
    assert.deepEqual([problem['code'], problem['retryable']], ['shutting-down', true]);
  }
  assert.equal((await again).json['code'], 'shutting-down');
});
