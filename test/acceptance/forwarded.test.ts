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
