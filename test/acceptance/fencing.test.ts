/** Appends that are only for one epoch: `ifEpoch`, as a fencing token of what runs where a node leads. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LogClient, ProblemError } from '../../src/client/index.ts';
import { append, ask, messagesOf } from '../support/api.ts';
import type { Answer, Asked } from '../support/api.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';

let cluster: TestCluster;

before(async () => {
  // A busy machine is no reason to elect another leader.
  cluster = await startEqual(3, { ELECTION_TIMEOUT_MS: '10000' });
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

interface Leading {
  readonly epoch: number;
  readonly leader: TestNode;
  readonly follower: TestNode;
}

async function leading(): Promise<Leading> {
  const { id, epoch } = (await ask(cluster.nodes[0] as TestNode, '/leader')).json as { id: string; epoch: number };
  const leader = cluster.nodes.find((node) => node.id === id);
  const follower = cluster.nodes.find((node) => node.id !== id);
  assert.ok(leader !== undefined && follower !== undefined);
  return { epoch, leader, follower };
}

/** Makes another node lead, and waits until all know. */
async function changeLeader({ epoch, follower }: Leading): Promise<Leading> {
  const promoted = await ask(follower, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  assert.equal(promoted.status, 200, promoted.text);
  await waitFor('all know the new leader', async () => {
    const known = await Promise.all(cluster.nodes.map(async (node) => (await ask(node, '/leader')).json['epoch']));
    return known.every((each) => Number(each) > epoch);
  });
  return leading();
}

const json = { 'content-type': 'application/json' };
const lines = { 'content-type': 'application/x-ndjson' };
const text = { 'content-type': 'text/plain' };

function post(node: TestNode, query: string, asked: Asked): Promise<Answer> {
  return ask(node, `/messages${query}`, { method: 'POST', ...asked });
}

test('an append for the epoch that leads is stored, in every form and through every node, and for another one it is refused', async () => {
  const { epoch, leader, follower } = await leading();
  let count = (await messagesOf(leader, '?read=linearizable')).length;
  for (const node of [leader, follower]) {
    const forms = (ifEpoch: number): Promise<Answer>[] => [
      post(node, '', { headers: json, body: JSON.stringify({ message: 'one', ifEpoch }) }),
      post(node, '', { headers: json, body: JSON.stringify({ messages: ['two', 'three'], w: 2, ifEpoch }) }),
      post(node, `?ifEpoch=${ifEpoch}&w=majority`, { headers: json, body: '{"message":"four"}' }),
      post(node, `?ifEpoch=${ifEpoch}`, { headers: lines, body: '"five"\n"six"\n' }),
      post(node, `?ifEpoch=${ifEpoch}`, { headers: text, body: 'seven' }),
    ];
    for (const answer of forms(epoch)) {
      const { status, json: body, text: said } = await answer;
      assert.deepEqual([status, body['epoch']], [201, epoch], said);
    }
    count += 7;
    for (const other of [epoch - 1, epoch + 1].filter((each) => each >= 1)) {
      for (const answer of forms(other)) {
        const { status, json: body } = await answer;
        const { code, outcome, retryable, ifEpoch, epoch: leads } = body;
        assert.deepEqual([status, code, outcome, retryable, ifEpoch, leads], [409, 'wrong-epoch', 'rejected', false, other, epoch]);
      }
    }
  }
  assert.equal((await messagesOf(leader, '?read=linearizable')).length, count);
});

test('it needs a write concern of a majority, and an epoch that is one', async () => {
  const { epoch, leader, follower } = await leading();
  const { length } = await messagesOf(leader, '?read=linearizable');
  for (const node of [leader, follower]) {
    const low = await append(node, 'x', { w: 1, ifEpoch: epoch });
    assert.deepEqual([low.status, low.json['code']], [400, 'bad-request']);
    assert.match(String(low.json['detail']), /^"ifEpoch" needs a "w" of majority or more: that is 2 of 3 members, and not 1$/);
    for (const wrong of ['0', '-1', '1.5', '"1"', 'null', 'true', '9007199254740993']) {
      const { status, json: problem } = await post(node, '', { headers: json, body: `{"message":"x","ifEpoch":${wrong}}` });
      assert.deepEqual([status, problem['code'], problem['field']], [400, 'bad-request', 'ifEpoch'], wrong);
    }
    for (const wrong of ['0', '', 'x', '1e3', '-1']) {
      const { status, json: problem } = await post(node, `?ifEpoch=${wrong}`, { headers: text, body: 'x' });
      assert.deepEqual([status, problem['code'], problem['field']], [400, 'bad-request', 'ifEpoch'], wrong);
    }
    const twice = await post(node, `?ifEpoch=${epoch}`, { headers: json, body: `{"message":"x","ifEpoch":${epoch}}` });
    assert.deepEqual([twice.status, twice.json['code']], [400, 'bad-request']);
  }
  assert.equal((await messagesOf(leader, '?read=linearizable')).length, length);
});

test('when another node leads, an epoch takes no more, but a retry of what it stored gets the old offset', async () => {
  const then = await leading();
  const first = await append(then.leader, 'kept', { ifEpoch: then.epoch, key: 'kept' });
  assert.equal(first.status, 201, first.text);
  const now = await changeLeader(then);
  for (const node of cluster.nodes) {
    const late = await append(node, 'late', { ifEpoch: then.epoch, key: 'late' });
    assert.deepEqual([late.status, late.json['code'], late.json['epoch']], [409, 'wrong-epoch', now.epoch]);
    const again = await append(node, 'kept', { ifEpoch: then.epoch, key: 'kept' });
    assert.deepEqual([again.status, again.json['offset'], again.json['epoch']], [201, first.json['offset'], then.epoch]);
  }
  const stored = await messagesOf(now.leader, '?read=linearizable');
  assert.deepEqual([stored.filter((each) => each === 'kept').length, stored.includes('late')], [1, false]);
});

test('the client and rlog append give up at once when another epoch leads', async () => {
  const { epoch, follower } = await leading();
  const log = new LogClient({ urls: follower.url, learnNodes: false });
  assert.equal((await log.append('now', { ifEpoch: epoch })).epoch, epoch);
  // Appends for different epochs do not share a request.
  const both = await Promise.allSettled([log.append('of now', { ifEpoch: epoch }), log.append('of then', { ifEpoch: epoch + 1 })]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  await assert.rejects(log.append('then', { ifEpoch: epoch + 1 }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.code, error.outcome, error.facts['epoch']], ['wrong-epoch', 'rejected', epoch]);
    return true;
  });
  await assert.rejects(log.append('x', { ifEpoch: 0 }), RangeError);
  const env = { RLOG_URL: follower.url };
  assert.equal((await runRlog(['append', 'by hand', '--if-epoch', String(epoch)], { env })).status, 0);
  const refused = await runRlog(['append', 'by hand', '--if-epoch', String(epoch + 1)], { env });
  assert.deepEqual([refused.status, refused.stdout], [1, '']);
  assert.match(refused.stderr, /this was for epoch \d+, and \d+ leads here \(wrong-epoch, rejected\)/);
  assert.equal((await runRlog(['append', 'x', '--if-epoch', 'none'], { env })).status, 2);
});
