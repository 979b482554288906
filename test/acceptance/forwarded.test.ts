/** How the leader takes appends that other nodes forward. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, exchange, messagesOf } from '../support/api.ts';
import type { RawAnswer } from '../support/api.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';

/** Only answers that go through Fastify have `cache-control`. */
const wayOf = ({ headers }: RawAnswer): string => (headers['cache-control'] === undefined ? 'short' : 'long');

test('the leader takes a forwarded append the short way and answers as on the long way: in the native dialect, and only in its epoch', async () => {
  await using cluster = new TestCluster();
  const leader = cluster.add({ kind: 'master', port: await freePort(), env: { API_DIALECT: 'objects' } });
  await leader.start();
  await isReady(leader);
  const { epoch } = (await ask(leader, '/leader')).json as { epoch: number };
  const passOn = (type: string, body: string, leaderEpoch: number): Promise<RawAnswer> => {
    const headers = { 'content-type': type, 'rlog-forwarded': 's1', 'rlog-leader-epoch': String(leaderEpoch) };
    return exchange(new URL('/messages?w=1&timeoutMs=5000', leader.url), { method: 'POST', headers, body });
  };
  let offset = 0;
  for (const [way, type] of [
    ['short', 'application/json'],
    ['long', 'application/json; charset="utf-8"'],
  ] as const) {
    const one = await passOn(type, '{"message":"one"}', epoch);
    assert.deepEqual([wayOf(one), one.status, JSON.parse(one.text)], [way, 201, { offset, w: 1, acks: 1, epoch }]);
    assert.equal(one.headers.location, `/messages/${offset}`);
    const many = await passOn(type, '{"messages":["two","three"]}', epoch);
    assert.deepEqual(JSON.parse(many.text), { offset: offset + 1, count: 2, w: 1, acks: 1, epoch });
    offset += 3;
    for (const [body, leaderEpoch, status, code] of [
      ['{"message":"for another epoch"}', epoch + 1, 503, 'not-leader'],
      [`{"messages":["${'x'.repeat(100_000)}"]}`, epoch - 1, 503, 'not-leader'],
      ['{"message":"said twice","w":1}', epoch, 400, 'bad-request'],
      ['{"message":"broken off"', epoch, 400, 'bad-request'],
    ] as const) {
      const refused = await passOn(type, body, leaderEpoch);
      const problem = JSON.parse(refused.text) as Record<string, unknown>;
      const facts = [wayOf(refused), refused.status, problem['code'], problem['outcome'], problem['instance']];
      assert.deepEqual(facts, [way, status, code, 'rejected', '/messages'], refused.text);
    }
  }
  assert.equal((await messagesOf(leader)).length, offset);
});

test('the leader takes appends that were forwarded together: each is answered as if it had come alone', async () => {
  await using cluster = new TestCluster();
  const leader = cluster.add({ kind: 'master', port: await freePort(), env: { API_DIALECT: 'objects' } });
  await leader.start();
  await isReady(leader);
  const { epoch } = (await ask(leader, '/leader')).json as { epoch: number };
  const from = { 'rlog-forwarded': 's1', 'rlog-leader-epoch': String(epoch) };
  const together = (parts: readonly Part[], more: Readonly<Record<string, string>> = {}): Promise<RawAnswer> => {
    const lines = parts.map(({ query, body, headers = {}, bytes = body.length }) => {
      return `${JSON.stringify([bytes, `/messages?${query}`, ...Object.entries(headers).flat()])}\n${body}\n`;
    });
    const headers = { 'content-type': 'application/vnd.rlog.appends', ...from, ...more };
    return exchange(new URL('/forwarded', leader.url), { method: 'POST', headers, body: lines.join('') });
  };
  const quick = 'w=1&timeoutMs=5000';
  const taken: readonly Part[] = [
    { query: quick, body: '{"message":"one"}' },
    { query: quick, body: '{"message":"broken off"' },
    { query: quick, body: '{"messages":["two",\n"three"]}', headers: { 'idempotency-key': 'k' } },
    { query: quick, body: '{"message":"another"}', headers: { 'idempotency-key': 'k' } },
    { query: quick, body: '{"message":"four"}', headers: { 'rlog-forward-identity': '7-1' } },
    { query: `${quick}&ifEpoch=${epoch + 1}`, body: '{"message":"for a later epoch"}' },
    { query: quick, body: '{"message":"said twice","w":1}' },
    { query: quick, body: '{"messages":["five","two again"],"keys":["a",null]}' },
  ];
  const answer = await together(taken);
  assert.equal(answer.status, 200);
  const lines = answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [index: number, status: number, body: Record<string, unknown>]);
  const told = lines.toSorted(([a], [b]) => a - b);
  const placed = { w: 1, acks: 1, epoch };
  assert.deepEqual(
    told.map(([, status, { code, offset }]) => [status, code ?? offset]),
    [
      [201, 0],
      [400, 'bad-request'],
      [201, 1],
      [422, 'key-reused'],
      [201, 3],
      [409, 'wrong-epoch'],
      [400, 'bad-request'],
      [201, 4],
    ],
    answer.text,
  );
  assert.deepEqual(
    [told[0]?.[2], told[2]?.[2]],
    [
      { offset: 0, ...placed },
      { offset: 1, count: 2, ...placed },
    ],
  );
  const stored = await messagesOf(leader);
  // What was refused, or is known by its key or its identity, is answered the same when it comes alone.
  for (const [index, { query, body, headers = {} }] of taken.entries()) {
    const isToRepeat = told[index]?.[1] !== 201 || Object.keys(headers).length > 0;
    if (!isToRepeat) continue;
    const own = { 'content-type': 'application/json', ...from, ...headers };
    const alone = await exchange(new URL(`/messages?${query}`, leader.url), { method: 'POST', headers: own, body });
    assert.deepEqual([alone.status, JSON.parse(alone.text)], told[index]?.slice(1));
  }
  for (const [odd, more] of [
    [{ query: quick, body: '{"message":"for another epoch"}' }, { 'rlog-leader-epoch': String(epoch + 1) }],
    [{ query: quick, body: '{"message":"of another length"}', bytes: 3 }, {}],
    [{ query: quick, body: 'of another type', headers: { 'content-type': 'text/plain' } }, {}],
    [{ query: 'limit=1', body: '{"message":"no append"}' }, {}],
    [{ query: quick, body: '{"message":"of a page"}' }, { origin: 'http://elsewhere.example' }],
    [{ query: quick, body: '{"message":"of a browser"}' }, { 'user-agent': 'Mozilla/5.0' }],
    [{ query: quick, body: '{"message":"through a proxy"}' }, { 'x-forwarded-for': '10.0.0.9' }],
    [{ query: quick, body: '{"message":"of another type"}' }, { 'content-type': 'text/plain' }],
  ] as const) {
    const refused = await together([{ query: quick, body: '{"message":"beside it"}' }, odd], more);
    const isOfEach = refused.status === 200 && [...refused.text.matchAll(/"code":"not-leader"/g)].length === 2;
    assert.ok(refused.status >= 400 || isOfEach, `${odd.body}: ${refused.text}`);
  }
  assert.deepEqual(await messagesOf(leader), stored);
});

interface Part {
  readonly query: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the body is, as it says. */
  readonly bytes?: number;
}
