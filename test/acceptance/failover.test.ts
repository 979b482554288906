/** Three equal nodes: the leader dies, is suspended, stopped or replaced, and appends continue. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeHeader } from '../../src/api/headers.ts';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { rlogPath, startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const run = promisify(execFile);

async function leaderOf(cluster: TestCluster, through: TestNode): Promise<TestNode> {
  const { json } = await ask(through, '/leader');
  const leader = cluster.nodes.find(({ id }) => id === json['id']);
  assert.ok(leader !== undefined, JSON.stringify(json));
  return leader;
}

function othersThan(cluster: TestCluster, node: TestNode): [TestNode, TestNode] {
  const [one, other] = cluster.nodes.filter((each) => each !== node);
  assert.ok(one !== undefined && other !== undefined);
  return [one, other];
}

/** Appends through all of these nodes, one after another on each, until told to stop. @returns the answers */
function writeThrough(
  nodes: readonly TestNode[],
  name: string,
): { readonly stop: () => Promise<{ status: number; message: string; text: string }[]> } {
  const answers: { status: number; message: string; text: string }[] = [];
  let isOver = false;
  const writers = nodes.map(async (node) => {
    for (let count = 0; !isOver; count += 1) {
      const message = `${name} ${node.id} ${count}`;
      // A connection that breaks counts as a failed append, too.
      const { status, text } = await append(node, message).catch((error: unknown) => ({ status: 0, text: String(error) }));
      answers.push({ status, message, text });
      // The test has failed, so this writer stops.
      if (status !== 201) return;
    }
  });
  const stop = async (): Promise<typeof answers> => {
    isOver = true;
    await Promise.all(writers);
    return answers;
  };
  return { stop };
}

async function isThereOnce(node: TestNode, answers: readonly { status: number; message: string; text: string }[]): Promise<void> {
  for (const { status, text } of answers) assert.equal(status, 201, text);
  // A follower may have the last of them a moment later than a majority.
  const messages = await messagesOf(node, '?read=linearizable');
  const written = answers.map(({ message }) => message);
  assert.deepEqual(messages.filter((message) => written.includes(String(message))).toSorted(), written.toSorted());
}

test('any node of three takes appends, and says who leads and how many may fail', onlyLong, async () => {
  await using cluster = await startEqual();
  const [n1, n2, n3] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  assert.equal((await leaderOf(cluster, n3)).id, 'n1', 'the first of NODES founds and leads');
  assert.equal((await append(n2, 'through a follower')).json['w'], 'majority', 'the default of equal nodes');
  await waitFor('all members are well', async () => (await healthOf(n1))['tolerates'] === 1);
  // For load balancers that send only to the leader; `leaderSince` is for pages and people.
  assert.deepEqual(await Promise.all([n1, n2].map(async (node) => (await ask(node, '/ready?role=leader')).status)), [200, 503]);
  assert.equal((await ask(n2, '/ready?role=leader')).json['code'], 'not-leader');
  assert.equal((await ask(n2, '/ready?role=follower')).json['code'], 'bad-request');
  assert.ok(Math.abs(Date.parse(String((await healthOf(n2))['leaderSince'])) - Date.now()) < 60_000);
  const { stdout } = await run(rlogPath, ['status', '--url', n2.url]);
  assert.match(stdout, /^healthy: n1 leads epoch 1 since 20.*Z \(.* ago\)\n.*\n.*\n1 member may fail before appends are refused\n/);
  const { electable, tolerates, election } = await healthOf(n2);
  assert.deepEqual([electable, tolerates, election], [true, null, { state: 'following', priority: 1, lastPoll: null, unreachable: [] }]);
});

test('the leader is killed, and then the next one: everything acknowledged is there, and nodes that come back follow', async () => {
  await using cluster = await startEqual();
  const written: string[] = [];
  for (let round = 1; round <= 2; round += 1) {
    const [through] = cluster.nodes.filter(({ isRunning }) => isRunning);
    assert.ok(through !== undefined);
    const leader = await leaderOf(cluster, through);
    const [one, other] = othersThan(cluster, leader);
    assert.equal((await append(one, `before ${round}`)).status, 201);
    await leader.kill();
    for (const node of [one, other]) assert.equal((await append(node, `after ${round}, ${node.id}`)).status, 201);
    written.push(`before ${round}`, `after ${round}, ${one.id}`, `after ${round}, ${other.id}`);
    const next = await leaderOf(cluster, one);
    assert.notEqual(next.id, leader.id);
    const metrics = (await ask(next, '/metrics')).text;
    assert.match(metrics, /^rlog_leader_changes_total\{why="poll"\} 1$/m);
    assert.match(metrics, /^rlog_polls_total\{result="won"\} [1-9]/m);
    assert.match(metrics, /^rlog_leaderless_seconds 0$/m);
    assert.match(metrics, /^rlog_quorum_confirmed_age_seconds [\d.]+$/m);
    await leader.start();
    await waitFor('it follows', async () => (await healthOf(leader))['role'] === 'follower' && (await healthOf(leader))['leader'] !== null);
    await waitFor('it has all', async () => (await messagesOf(leader)).length === written.length);
    assert.deepEqual(await messagesOf(leader), written);
  }
});

test('a suspended leader is replaced, and follows when it is resumed', async () => {
  await using cluster = await startEqual();
  const [n1, n2, n3] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  assert.equal((await append(n1, 'before')).status, 201);
  n1.signal('SIGSTOP');
  for (const node of [n2, n3]) {
    const { status, text } = await append(node, `while it hangs, ${node.id}`, { key: `key of ${node.id}` });
    assert.equal(status, 201, text);
  }
  n1.signal('SIGCONT');
  const last = await append(n1, 'through the one that hung', { w: 1 });
  assert.equal(last.status, 201, last.text);
  await waitFor('it follows', async () => (await healthOf(n1))['role'] === 'follower');
  await waitFor('it has all', async () => (await messagesOf(n1)).length === 4);
  assert.deepEqual(await messagesOf(n1), await messagesOf(n2));
});

test('a node is promoted under load, and a leader is stopped: no append fails, and none is stored twice', async () => {
  await using cluster = await startEqual();
  const [n1, n2, n3] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  const load = writeThrough(cluster.nodes, 'promoting');
  const promoted = await ask(n1, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"n2"}' });
  assert.deepEqual([promoted.status, promoted.json['leader'], promoted.json['epoch']], [200, 'n2', 2]);
  const { stdout } = await run(rlogPath, ['promote', 'n3', '--url', n1.url]);
  assert.match(stdout, /^n3 leads epoch 3, after \d+ ms$/m);
  const again = await ask(n3, '/promote', { method: 'POST' });
  assert.deepEqual([again.status, again.json['epoch']], [200, 3], 'at once, if it leads already');
  await isThereOnce(n1, await load.stop());
  assert.match((await ask(n2, '/metrics')).text, /^rlog_leader_changes_total\{why="hand-over"\} 1$/m);

  const more = writeThrough([n1, n2], 'stopping');
  const atLeader = Array.from({ length: 20 }, (_, count) => append(n3, `at the leader ${count}`));
  assert.deepEqual(await n3.stop(), { code: 0, signal: null });
  for (const { status, text } of await Promise.all(atLeader)) assert.equal(status, 201, text);
  const answers = await more.stop();
  await isThereOnce(await leaderOf(cluster, n1), answers);
  assert.equal(
    n3.events('leadership.handed-over').length,
    1,
    n3.output
      .split('\n')
      .filter((l) => !l.includes('append'))
      .slice(-25)
      .join('\n'),
  );
});

test('an unknown node is not promoted, and a request that reached the wrong node is refused', onlyLong, async () => {
  await using cluster = await startEqual();
  const [n1] = cluster.nodes;
  assert.ok(n1 !== undefined);
  const unknown = await ask(n1, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"n9"}' });
  assert.deepEqual([unknown.status, unknown.json['code']], [404, 'not-found']);
  const failed = await run(rlogPath, ['promote', 'n9', '--url', n1.url]).catch((error: unknown) => error as { code: number });
  assert.equal((failed as { code: number }).code, 1);
  const wrong = await ask(n1, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"who":"n2"}' });
  assert.equal(wrong.json['code'], 'bad-request');
  // The header names another node: without this check the request could be forwarded in a circle.
  const headers = { 'content-type': 'application/json', [nodeHeader]: 'n2' };
  const astray = await ask(n1, '/promote', { method: 'POST', headers, body: '{"id":"n3"}' });
  assert.deepEqual([astray.status, astray.json['code']], [409, 'promotion-refused']);
});

test('when the leader is removed, it hands over first, and is then no longer in the list', async () => {
  await using cluster = await startEqual();
  const [n1, n2] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined);
  const { status, text } = await ask(n1, '/secondaries/n1', { method: 'DELETE' });
  assert.equal(status, 200, text);
  const { members } = await healthOf(await leaderOf(cluster, n2));
  assert.deepEqual((members as { id: string }[]).map(({ id }) => id).toSorted(), ['n2', 'n3']);
});

test('with COORDINATOR=external no node leads until one is promoted, and again when that one is gone', onlyLong, async () => {
  await using cluster = await startEqual(3, { COORDINATOR: 'external' }, { isLed: false });
  const [n1, n2, n3] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  assert.equal((await ask(n1, '/leader')).json['code'], 'no-leader');
  assert.equal((await ask(n3, '/promote', { method: 'POST' })).json['leader'], 'n3', 'it founds the cluster');
  assert.equal((await append(n1, 'one')).status, 201);
  await n3.kill();
  await waitFor('nobody leads', async () => (await ask(n1, '/leader')).status === 503);
  assert.equal(
    (await ask(n1, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"n2"}' })).json['leader'],
    'n2',
  );
  assert.equal((await append(n1, 'two')).status, 201);
  await n3.start();
  await waitFor('it has all', async () => (await messagesOf(n3)).length === 2);
});

test('a node that NODES does not name does not start, and says which URL it looked for', async () => {
  const failed = await run(rlogPath, ['node', '--nodes', 'http://a:1,http://b:1', '--port', '1234']).catch((error: unknown) => error);
  const { code, stderr } = failed as { code: number; stderr: string };
  assert.equal(code, 2);
  assert.match(stderr, /NODES: http:\/\/localhost:1234, the URL of this node, is not among them/);
});
