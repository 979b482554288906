/** Trims: what goes and what stays, on every node, and what readers are told who come for what is gone. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import type { Answer } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { startThree } from '../support/nodes.ts';
import type { TestNode, ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let nodes: ThreeNodes;
let every: readonly TestNode[] = [];

before(async () => {
  nodes = await startThree();
  every = [nodes.master, nodes.s1, nodes.s2];
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

/** Appends so many messages as one batch. @returns the end of the log */
async function appendMany(count: number): Promise<number> {
  const { json, status } = await ask(nodes.master, '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: Array.from({ length: count }, (_unused, n) => `m${n}`), w: 'all' }),
  });
  assert.equal(status, 201);
  return (json['offset'] as number) + count;
}

function trim(node: TestNode, first: number): Promise<Answer> {
  return ask(node, `/messages?before=${first}`, { method: 'DELETE' });
}

async function allKnow(firstOffset: number): Promise<void> {
  for (const node of every) await waitFor(`${node.id} knows`, async () => (await healthOf(node)).firstOffset === firstOffset);
}

function retentionOf(node: TestNode): Promise<Answer> {
  return ask(node, '/retention');
}

function setRetention(node: TestNode, retention: unknown): Promise<Answer> {
  return ask(node, '/retention', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(retention) });
}

test('a trim by any node is exact to the entry, also inside a batch, and every node answers alike from then on', async () => {
  const end = await appendMany(10);
  const first = end - 3;
  const trimmed = await trim(nodes.s1, first);
  assert.deepEqual([trimmed.status, trimmed.json], [200, { firstOffset: first }]);
  // The node that was asked knows of it at once.
  assert.equal((await ask(nodes.s1, `/messages/${first - 1}`)).json['code'], 'trimmed');
  await allKnow(first);
  for (const node of every) {
    assert.deepEqual(await messagesOf(node), ['m7', 'm8', 'm9']);
    assert.deepEqual(await messagesOf(node, `?from=${first}&limit=1`), ['m7']);
    const { json } = await ask(node, '/messages?view=entries&limit=1');
    assert.equal((json['messages'] as { offset: number }[])[0]?.offset, first);
    assert.equal((await ask(node, '/messages')).headers['rlog-first-offset'], String(first));
    assert.equal((await ask(node, `/messages/${first}`)).status, 200);
    const health = await healthOf(node);
    assert.deepEqual([health.message_count, health.ends.visibleEnd], [3, end]);
    for (const path of [`/messages/${first - 1}`, `/messages?from=${first - 1}`, '/messages?from=0&wait=5', '/messages?from=0&limit=0']) {
      const gone = await ask(node, path);
      assert.deepEqual([gone.status, gone.json['code'], gone.json['firstOffset']], [410, 'trimmed', first], `${node.id} ${path}`);
    }
    const lines = await ask(node, '/messages', { headers: { accept: 'application/x-ndjson' } });
    assert.equal(lines.text.split('\n').length, 4);
    const objects = await ask(node, '/messages', { headers: { 'rlog-dialect': 'objects' } });
    assert.equal((objects.json['messages'] as { id: number }[])[0]?.id, first + 1);
    const envelope = await ask(node, '/messages', { headers: { 'rlog-dialect': 'envelope' } });
    assert.deepEqual(envelope.json['data'], [{ text: 'm7' }, { text: 'm8' }, { text: 'm9' }]);
  }
});

test('a trim at or below the first offset changes nothing, and one of everything leaves an empty log that goes on', async () => {
  const end = await appendMany(4);
  assert.deepEqual((await trim(nodes.s2, end)).json, { firstOffset: end });
  await allKnow(end);
  for (const [index, node] of every.entries()) {
    const again = await trim(node, index === 0 ? 0 : end);
    assert.deepEqual([again.status, again.json], [200, { firstOffset: end }]);
    assert.deepEqual(await messagesOf(node), []);
    assert.deepEqual(await messagesOf(node, `?from=${end}`), []);
    assert.equal((await healthOf(node)).message_count, 0);
    // What does not exist yet is not found; what is gone is gone.
    assert.equal((await ask(node, `/messages/${end}`)).status, 404);
    assert.equal((await ask(node, `/messages/${end - 1}`)).status, 410);
  }
  assert.equal((await append(nodes.s1, 'next')).json['offset'], end);
  assert.deepEqual(await messagesOf(nodes.master), ['next']);
});

test('a trim that does not say what goes, or says it wrongly, or goes beyond what is committed, is refused', async () => {
  const end = await appendMany(1);
  const { firstOffset } = await healthOf(nodes.master);
  for (const node of every) {
    for (const query of [
      '',
      '?before=',
      '?before=x',
      '?before=-1',
      '?before=1.5',
      '?before=1&before=2',
      '?before=1&from=1',
      '?timeoutMs=5',
    ]) {
      const refused = await ask(node, `/messages${query}`, { method: 'DELETE' });
      assert.deepEqual([refused.status, refused.json['code'], refused.json['outcome']], [400, 'bad-request', 'rejected'], query);
    }
    const beyond = await trim(node, end + 1);
    assert.deepEqual([beyond.status, beyond.json['code'], beyond.json['committedEnd']], [409, 'not-committed', end]);
  }
  assert.equal((await healthOf(nodes.master)).firstOffset, firstOffset);
});

test('a stream continues after an entry that is gone if it lacks none, and is refused if it does', async () => {
  const end = await appendMany(6);
  await trim(nodes.master, end - 2);
  await allKnow(end - 2);
  for (const node of every) {
    // Without a place it begins with what is there.
    using begun = await EventStream.open(node);
    await begun.hears(2);
    assert.deepEqual(begun.places, [String(end - 2), String(end - 1)]);
    assert.equal(begun.headers['rlog-first-offset'], String(end - 2));
    // The last trimmed entry is the one before the first that stays: nothing is missing after it.
    using goesOn = await EventStream.open(node, '', { 'last-event-id': String(end - 3) });
    await goesOn.hears(2);
    assert.deepEqual(goesOn.places, [String(end - 2), String(end - 1)]);
    for (const [query, headers] of [
      ['', { 'last-event-id': String(end - 4) }],
      [`?lastEventId=${end - 4}`, {}],
      [`?from=${end - 3}`, {}],
      ['?from=0&read=default', {}],
    ] as const) {
      using refused = await EventStream.open(node, query, headers);
      await waitFor('it ends', () => refused.isClosed);
      assert.equal(refused.status, 410);
      const problem = JSON.parse(refused.text) as Record<string, unknown>;
      assert.deepEqual([problem['code'], problem['firstOffset'], problem['retryable']], ['trimmed', end - 2, false]);
    }
    // A place with an epoch is known by the history of the log, though its entry is gone.
    const { epoch } = await healthOf(node);
    assert.deepEqual(await messagesOf(node, `?lastEventId=${epoch}:${end - 3}`), ['m4', 'm5']);
    assert.equal((await ask(node, `/messages?lastEventId=${epoch + 1}:${end - 3}`)).json['code'], 'history-changed');
  }
});

test('a reader that is waiting when the log is trimmed up to it gets what comes next', async () => {
  const end = await appendMany(2);
  const waiting = every.map((node) => ask(node, `/messages?from=${end}&wait=30&read=committed`));
  using stream = await EventStream.open(nodes.s1);
  await stream.hears(2);
  await trim(nodes.s2, end);
  await allKnow(end);
  const emptied = every.map((node) => ask(node, '/messages?wait=30&read=committed'));
  await append(nodes.master, 'next');
  for (const { json } of await Promise.all([...waiting, ...emptied])) assert.deepEqual(json['messages'], ['next']);
  await stream.hears(3);
  assert.equal(stream.end, undefined);
});

test('a stream that is behind when its next entries are trimmed ends with an event that says so', async () => {
  const { firstOffset } = await healthOf(nodes.master);
  const large = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 12; n += 1) await append(nodes.master, large);
  const { committedEnd } = (await healthOf(nodes.master)).ends;
  using stream = await EventStream.open(nodes.s1, `?from=${firstOffset}`);
  stream.pause();
  const list = fetch(`${nodes.s1.url}/messages?from=${firstOffset}`);
  const listed = await list;
  await trim(nodes.s1, committedEnd);
  stream.resume();
  const problem = await stream.ends();
  // If it was in the middle of an entry, its connection is closed, and it is told when it comes back.
  if (stream.end !== undefined) assert.deepEqual([problem['code'], problem['firstOffset']], ['trimmed', committedEnd]);
  assert.ok(stream.ids.length < committedEnd - firstOffset);
  await assert.rejects(listed.text());
  using back = await EventStream.open(nodes.s1, `?from=${firstOffset}`, { 'last-event-id': stream.ids.at(-1) ?? '' });
  assert.equal(back.status, 410);
});

test('the retention is the same on all nodes: replaced as a whole, with a default for what is left out', async () => {
  const none = { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 };
  for (const node of every) assert.deepEqual((await retentionOf(node)).json, none);
  for (const [asked, set] of [
    [{ maxAgeMs: 604_800_000 }, { ...none, maxAgeMs: 604_800_000 }],
    [
      { maxBytes: 2 ** 31, maxEntries: 1_000_000, idempotencyWindowMs: 3_600_000, maxAgeMs: null },
      { maxAgeMs: null, maxBytes: 2 ** 31, maxEntries: 1_000_000, idempotencyWindowMs: 3_600_000 },
    ],
    [{}, none],
  ] as const) {
    for (const node of every) {
      const answer = await setRetention(node, asked);
      assert.deepEqual([answer.status, answer.json], [200, set]);
      assert.deepEqual((await retentionOf(node)).json, set);
    }
    for (const node of every) await waitFor('it knows', async () => isSame((await retentionOf(node)).json, set));
  }
});

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

test('a retention with an unknown field, a wrong type or nothing in it is refused, and the sentence says what would be right', async () => {
  for (const [body, sentence] of [
    [{ maxAge: 1 }, /unknown field "maxAge"; known fields: maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs/],
    [{ maxAgeMs: 0 }, /"maxAgeMs" must be a whole number from 1 on, or null for no limit, not 0/],
    [{ maxBytes: -1 }, /"maxBytes" must be .*not -1/],
    [{ maxEntries: '5' }, /"maxEntries" must be .*not "5"/],
    [{ maxEntries: 1.5 }, /"maxEntries" must be .*not 1.5/],
    [{ idempotencyWindowMs: 0 }, /"idempotencyWindowMs" must be .*null for a day, not 0/],
    [[], /must be a JSON object/],
    [null, /must be a JSON object/],
    [5, /must be a JSON object/],
  ] as const) {
    const { status, json } = await setRetention(nodes.s1, body);
    assert.deepEqual([status, json['code']], [400, 'bad-request']);
    assert.match(json['detail'] as string, sentence);
  }
  const typeless = await ask(nodes.s1, '/retention', { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: '{}' });
  assert.equal(typeless.status, 415);
  assert.equal((await ask(nodes.s1, '/retention', { method: 'PUT', headers: { 'content-type': 'application/json' } })).status, 400);
  assert.equal((await ask(nodes.s1, '/retention?x=1')).status, 400);
});

test('each trim and each retention is in the log of the nodes that had to do with it, and a trim of nothing is not', async () => {
  const trims = nodes.s1.events('audit.log-trimmed');
  assert.ok(trims.length > 0);
  const [first] = trims;
  assert.deepEqual([first?.['caller'], first?.['outcome']], ['anyone', 'done']);
  const atLeader = nodes.master.events('audit.log-trimmed').find((line) => line['via'] === 's1');
  assert.equal(atLeader?.['firstOffset'], first?.['firstOffset']);
  assert.ok(nodes.master.events('audit.log-trimmed').every((line) => line['before'] !== 0));
  assert.ok(nodes.s2.events('audit.retention-set').length > 0);
});

test('a node that is behind answers a trim once it knows of it, or says in time that it does not', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree({ delays: ['2.0', '0'] });
  await using _ = cluster;
  for (const message of ['a', 'b', 'c']) await append(master, message, { w: 'majority' });
  const early = await ask(s1, '/messages?before=1&timeoutMs=300', { method: 'DELETE' });
  assert.deepEqual([early.status, early.json['code'], early.json['outcome']], [504, 'trim-timeout', 'unknown']);
  assert.equal(early.json['firstOffset'], 1);
  assert.equal((await healthOf(master)).firstOffset, 1);
  assert.deepEqual((await trim(s1, 2)).json, { firstOffset: 2 });
  assert.equal((await healthOf(s1)).firstOffset, 2);
  assert.deepEqual(await messagesOf(s1), ['c']);
});
