/** A disk that forgets: the end of the log was flushed and acknowledged, but is missing at the next start. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, cleanEnvironment, isReady, rlogPath, startEqual } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

interface State {
  readonly storageId: string;
  readonly held: { readonly end: number } | null;
  readonly forgot: { readonly end: number } | null;
}

function stateOf(node: TestNode): State {
  return JSON.parse(readFileSync(join(node.dataDir, 'state.json'), 'utf8')) as State;
}

function lastSegment(node: TestNode): string {
  const names = readdirSync(node.dataDir).filter((name) => name.endsWith('.log') && /^\d{20}/.test(name));
  return join(node.dataDir, names.toSorted().at(-1) ?? '');
}

interface Harm {
  readonly what: string;
  readonly harm: (node: TestNode) => void;
}

const isGone: Harm = { what: 'its last segment is gone', harm: (node) => rmSync(lastSegment(node)) };
const isShort: Harm = {
  what: 'its last segment is cut short by 200 bytes',
  harm: (node) => truncateSync(lastSegment(node), statSync(lastSegment(node)).size - 200),
};

const smallSegments = { SEGMENT_BYTES_MAX: '4KiB' };

function rlog(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(rlogPath, args, { encoding: 'utf8', env: cleanEnvironment() });
  return { status, text: stdout + stderr };
}

/** Appends sixty messages and waits until these nodes have noted them. @returns how many messages there are now */
async function appendUntilNoted(through: TestNode, noting: readonly TestNode[], settings: { readonly w: number }): Promise<number> {
  for (let n = 0; n < 60; n += 1) assert.equal((await append(through, `message ${n} `.padEnd(100, '.'), settings)).status, 201);
  const count = (await messagesOf(through)).length;
  for (const node of noting) await waitFor('what is flushed is noted', () => stateOf(node).held?.end === count);
  return count;
}

function nodesOf({ nodes }: TestCluster): [TestNode, TestNode, TestNode] {
  const [n1, n2, n3] = nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  return [n1, n2, n3];
}

for (const { what, harm, options } of [
  { ...isGone, options: {} },
  { ...isShort, options: onlyLong },
]) {
  test(`a member whose disk forgot (${what}) logs it, takes a new storage id, and is added again`, options, async () => {
    await using cluster = await startEqual(3, smallSegments);
    const [, , node] = nodesOf(cluster);
    const count = await appendUntilNoted(node, [node], { w: 3 });
    await node.kill();
    const { storageId } = stateOf(node);
    assert.equal(rlog('verify', node.dataDir).status, 0);
    harm(node);
    const found = rlog('verify', node.dataDir);
    assert.equal(found.status, 1);
    assert.match(found.text, new RegExp(`incomplete: [\\s\\S]*forgotten: entries up to offset ${count} `));

    node.output = '';
    await node.start();
    const [said] = node.events('storage.forgot');
    assert.equal(said?.['level'], 'error');
    assert.equal((said['forgot'] as State['held'])?.end, count);
    assert.equal(said['toGoOnWithoutIt'], undefined, 'the others remember');
    assert.notEqual(stateOf(node).storageId, storageId);
    await waitFor('it has all again', async () => (await messagesOf(node)).length === count);
    await waitFor('it counts again', async () => (await healthOf(node)).members.find(({ id }) => id === node.id)?.state === 'member');
    assert.equal((await append(node, 'and on', { w: 3 })).json['acks'], 3);
    assert.equal(rlog('verify', node.dataDir).status, 0);
  });

  test(`a node whose disk forgot (${what}) helps no other node to lead without the lost entries`, onlyLong, async () => {
    await using cluster = await startEqual(3, smallSegments);
    const [n1] = cluster.nodes;
    assert.ok(n1 !== undefined);
    const { json: led } = await ask(n1, '/leader');
    const leader = cluster.nodes.find(({ id }) => id === led['id']);
    const [forgetful, behind] = cluster.nodes.filter((each) => each !== leader);
    assert.ok(leader !== undefined && forgetful !== undefined && behind !== undefined);
    // A node without any of the log would never hold a poll.
    assert.equal((await append(leader, 'on all three', { w: 3 })).status, 201);
    await behind.kill();
    const count = await appendUntilNoted(leader, [forgetful], { w: 2 });
    await Promise.all([leader.kill(), forgetful.kill()]);
    harm(forgetful);

    for (const node of [forgetful, behind]) {
      node.output = '';
      await node.start();
    }
    assert.equal(forgetful.events('storage.forgot').length, 1);
    await waitFor('it supports the other node, but does not count', () =>
      behind.events('poll.failed').some(({ answers }) => (answers as Record<string, unknown>)[forgetful.id] === null),
    );
    assert.equal((await ask(behind, '/leader')).status, 503);
    assert.equal((await healthOf(forgetful)).electable, false);
    await leader.start();
    for (const node of cluster.nodes) await waitFor(`${node.id} has all`, async () => (await messagesOf(node)).length === count);
    await waitFor('all three count', async () => (await append(leader, 'and on', { w: 3 })).json['acks'] === 3);
  });
}

for (const [kind, { what, harm }] of [
  ['node', isGone],
  ['master', isShort],
] as const) {
  test(`a single ${kind} whose disk forgot (${what}) takes no appends until its operator accepts the loss`, onlyLong, async () => {
    await using cluster = new TestCluster();
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { ...smallSegments, SERVER_ID: 'alone', ADVERTISED_URL: url, ...(kind === 'node' ? { NODES: url } : {}) };
    const node = await cluster.add({ kind, port, env }).start();
    await isReady(node);
    const count = await appendUntilNoted(node, [node], { w: 1 });
    await node.kill();
    harm(node);
    // The second start no longer logs it, but the node still knows it.
    node.output = '';
    await node.start();
    const [said] = node.events('storage.forgot');
    const command = String(said?.['toGoOnWithoutIt']);
    await node.kill();
    await node.start();
    const refused = await append(node, 'into the gap', { timeoutMs: 1500 });
    assert.equal(refused.status, 503, refused.text);
    const left = await messagesOf(node);
    assert.ok(left.length > 0 && left.length < count);
    assert.match(command, /^rlog /);
    const asked = rlog(...command.split(' ').slice(1));
    assert.equal(asked.status, 2, 'it is not done without a confirmation');
    const done = rlog(...command.split(' ').slice(1), '--yes');
    assert.equal(done.status, 0, done.text);
    await isReady(node);
    assert.equal((await append(node, 'and on')).json['offset'], left.length);
  });
}

test('a follower whose note lags behind learns from its leader what its disk forgot', onlyLong, async () => {
  await using cluster = await startEqual(3);
  const [n1] = nodesOf(cluster);
  const { json: led } = await ask(n1, '/leader');
  const leader = cluster.nodes.find(({ id }) => id === led['id']);
  const node = cluster.nodes.find(({ id }) => id !== led['id']);
  assert.ok(leader !== undefined && node !== undefined);
  const noted = await appendUntilNoted(leader, [node], { w: 3 });
  const state = readFileSync(join(node.dataDir, 'state.json'));
  for (let n = 0; n < 5; n += 1) await append(leader, `unnoted ${n} `.padEnd(100, '.'), { w: 3 });
  await node.kill();
  writeFileSync(join(node.dataDir, 'state.json'), state);
  isShort.harm(node);
  assert.equal(rlog('verify', node.dataDir).status, 0, 'the folder alone does not show it');

  await node.start();
  await waitFor('it says so', () => node.events('storage.forgot').length === 1);
  assert.equal(leader.events('follower.forgot')[0]?.['follower'], node.id);
  await waitFor('its storage is another one', () => stateOf(node).forgot?.end === noted + 5);
  assert.notEqual(stateOf(node).storageId, (JSON.parse(String(state)) as State).storageId);
  await waitFor('it has all again', async () => (await messagesOf(node)).length === noted + 5);
  assert.equal((await append(node, 'and on', { w: 3 })).json['acks'], 3);
});
