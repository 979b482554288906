/**
 * Appends by plain HTTP, without a key, through followers, while the leader is killed: the clients notice nothing, and no
 * message is stored twice.
 */

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { ask, healthOf, messagesOf } from '../support/api.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const rounds = 3;
const writersPerNode = 4;

interface Told {
  readonly message: string;
  readonly status: number;
  readonly text: string;
}

/** Like curl, except that the connection is kept. */
function post(node: TestNode, message: string, agent: Agent): Promise<Told> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(new URL('/messages', node.url), { method: 'POST', headers, agent }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      answer.once('end', () => resolve({ message, status: answer.statusCode ?? 0, text }));
    });
    call.once('error', (error) => resolve({ message, status: 0, text: String(error) }));
    call.end(JSON.stringify({ message }));
  });
}

/** Writers on each of these nodes, each with one append at a time, until they are told to stop. */
function writeThrough(nodes: readonly TestNode[], name: string) {
  const agent = new Agent({ keepAlive: true });
  const told: Told[] = [];
  let isOver = false;
  const writers = nodes.flatMap((node) =>
    Array.from({ length: writersPerNode }, async (_, writer) => {
      for (let count = 0; !isOver; count += 1) told.push(await post(node, `${name} ${node.id} ${writer} ${count}`, agent));
    }),
  );
  return {
    told,
    stop: async (): Promise<readonly Told[]> => {
      isOver = true;
      await Promise.all(writers);
      agent.destroy();
      return told;
    },
  };
}

async function leaderOf(cluster: TestCluster): Promise<TestNode> {
  const through = cluster.nodes.find(({ isRunning }) => isRunning);
  assert.ok(through !== undefined);
  let found: TestNode | undefined;
  await waitFor('somebody leads', async () => {
    const { json } = await ask(through, '/leader');
    found = cluster.nodes.find(({ id, isRunning }) => isRunning && id === json['id']);
    return found !== undefined;
  });
  assert.ok(found !== undefined);
  return found;
}

/** What the nodes logged about polls, campaigns and leaders, to find out why the test failed. */
function storyOf(cluster: TestCluster): string {
  const isTold = (line: string): boolean => /"msg":"(poll|campaign|epoch|leader|leadership|follower|health|quorum|append)\./.test(line);
  return cluster.nodes.map(({ output }) => output.split('\n').filter(isTold).join('\n')).join('\n\n');
}

test('the leader is killed again and again under appends without a key: each is answered with 201, and is stored once', async () => {
  await using cluster = await startEqual();
  const all: Told[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const leader = await leaderOf(cluster);
    await waitFor('all members are well', async () => (await healthOf(leader))['tolerates'] === 1);
    const followers = cluster.nodes.filter((node) => node !== leader);
    // First some appends, so that there are open connections to the leader, which break when it dies.
    const load = writeThrough(followers, `round ${round}`);
    await waitFor('all write', async () => load.told.length > 100);
    const before = load.told.length;
    await leader.kill();
    await waitFor('all go on writing', async () => load.told.length > before + 100);
    all.push(...(await load.stop()));
    await leader.start();
    await waitFor('it follows', async () => (await healthOf(leader))['role'] === 'follower' && (await healthOf(leader))['leader'] !== null);
  }
  for (const { status, text, message } of all) assert.equal(status, 201, `${message}: ${text}`);
  const stored = await messagesOf(await leaderOf(cluster));
  assert.deepEqual(stored.toSorted(), all.map(({ message }) => message).toSorted());
});

test(
  'the very first append that a cluster forwards goes to a leader that hangs and then dies: it is answered with 201, and is stored once',
  onlyLong,
  async () => {
    await using cluster = await startEqual();
    const leader = await leaderOf(cluster);
    const [through] = cluster.nodes.filter((node) => node !== leader);
    assert.ok(through !== undefined);
    await waitFor('all members are well', async () => (await healthOf(leader))['tolerates'] === 1);
    leader.signal('SIGSTOP');
    const answer = post(through, 'the first', new Agent({ keepAlive: true }));
    await waitFor('it was forwarded', async () => (await ask(through, '/metrics')).text.includes('\nrlog_forwards_waiting 1\n'));
    await leader.kill();
    const { status, text } = await answer;
    assert.equal(status, 201, `${text}\n${storyOf(cluster)}`);
    assert.deepEqual(await messagesOf(await leaderOf(cluster)), ['the first']);
  },
);
