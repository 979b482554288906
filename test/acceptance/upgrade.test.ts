/** A cluster of the version before elections is upgraded to this version, node by node, while clients write. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Health } from '../../src/api/health.ts';
import { LogClient } from '../../src/client/index.ts';
import { exchange } from '../support/api.ts';
import { isReady, repository, rlogPath, threeNodes } from '../support/nodes.ts';
import type { TestCluster, TestNode, ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

/** The last commit whose nodes speak only `rlog/1` and do not elect. */
const before = 'cdaa0733a5ea577092b099499c7e3beadd1c4d48';

function hasHistory(): boolean {
  return spawnSync('git', ['-C', repository, 'cat-file', '-e', `${before}^{commit}`]).status === 0;
}

/** @returns the `rlog` of that commit, in a folder of its own, with the libraries of this checkout */
function checkOut(folder: string): string {
  mkdirSync(folder);
  const { status, stderr } = spawnSync('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', repository, before, folder]);
  assert.equal(status, 0, String(stderr));
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'bin', 'rlog');
}

interface Written {
  readonly messages: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Clients that know all nodes, each beginning at another one. @throws at `stop`, if an append failed */
function write(nodes: readonly TestNode[]): Written {
  const messages: string[] = [];
  let isOver = false;
  const clients = nodes.map(async ({ id }, first) => {
    const urls = nodes.map((_, index) => nodes[(first + index) % nodes.length]?.url ?? '');
    const client = new LogClient({ urls, w: 'majority' });
    for (let count = 0; !isOver; count += 1) {
      const message = `${id} ${count}`;
      await client.append(message);
      messages.push(message);
    }
  });
  const all = Promise.all(clients);
  // A failure is reported at the end, and must not be an unhandled rejection before.
  all.catch(() => undefined);
  return {
    messages,
    stop: async () => {
      isOver = true;
      await all;
    },
  };
}

/** Works with nodes of either version. */
async function healthOf(node: TestNode): Promise<Pick<Health, 'leader' | 'members'>> {
  return JSON.parse((await exchange(new URL('/health', node.url), {})).text) as Health;
}

async function leaderOf(cluster: TestCluster, node: TestNode): Promise<TestNode | undefined> {
  const { leader } = await healthOf(node);
  return cluster.nodes.find(({ id }) => id === leader?.id);
}

/** @returns the status, the code and the nodes that it waits for */
async function trim(node: TestNode): Promise<readonly unknown[]> {
  const { status, text } = await exchange(new URL('/messages?before=1', node.url), { method: 'DELETE' });
  const { code, waitingFor } = JSON.parse(text) as Record<string, unknown>;
  return [status, code, waitingFor];
}

/** An append for an epoch that does not lead. @returns the status and the code */
async function appendForNoEpoch(node: TestNode): Promise<readonly unknown[]> {
  const headers = { 'content-type': 'application/json' };
  const body = '{"message":"for no epoch","w":"majority","ifEpoch":999999}';
  const { status, text } = await exchange(new URL('/messages', node.url), { method: 'POST', headers, body });
  return [status, (JSON.parse(text) as Record<string, unknown>)['code']];
}

/** Stops the process as an operator would, and starts it as another version, or with other settings. */
async function replace(
  node: TestNode,
  three: ThreeNodes,
  changes: { readonly program: string; readonly env?: Readonly<Record<string, string>> },
): Promise<void> {
  assert.equal((await node.stop()).code, 0);
  await node.start(changes);
  await waitFor(`all are healthy again, after ${node.id}`, async () => {
    const leader = await leaderOf(three.cluster, node);
    const members = leader === undefined ? [] : (await healthOf(leader)).members;
    return members.filter(({ health }) => health === 'healthy').length === 3;
  });
}

test(
  'a cluster of the version before elections is upgraded node by node, switched to elections, and loses its leader: no append fails',
  onlyLong,
  async (t: TestContext) => {
    if (!hasHistory()) return t.skip('this clone has no history');
    const three = await threeNodes();
    await using cluster = three.cluster;
    const { master, s1, s2 } = three;
    const old = checkOut(join(cluster.folder, 'before'));
    for (const node of [s1, s2, master]) await node.start({ program: old });
    await isReady(master);
    const written = write(cluster.nodes);
    const grows = async (what: string): Promise<void> => {
      const { length } = written.messages;
      await waitFor(`appends go on ${what}`, () => written.messages.length > length + 50);
    };
    await grows('in the old cluster');

    // In between, a leader of this version has one follower of each version.
    for (const node of [s1, master, s2]) {
      await replace(node, three, { program: rlogPath });
      await grows(`with ${node.id} of this version`);
      // A leader of the old version does not know epochs of appends, and stores none that is for one.
      assert.deepEqual(await appendForNoEpoch(s1), node === s1 ? [503, 'upgrade-pending'] : [409, 'wrong-epoch']);
      // While a node of the old version leads, or follows, nothing is written that it could not read.
      if (node !== s2) assert.deepEqual(await trim(s1), [503, 'upgrade-pending', [node === s1 ? 'master' : 's2']]);
    }
    for (const node of [s1, s2, master]) {
      await replace(node, three, { program: rlogPath, env: { COORDINATOR: 'elections' } });
      await grows(`with ${node.id} that elects`);
    }
    const leader = await leaderOf(cluster, s1);
    assert.ok(leader !== undefined);
    await leader.kill();
    await grows(`without ${leader.id}`);
    await leader.start({ program: rlogPath, env: { COORDINATOR: 'elections' } });

    await written.stop();
    assert.ok(written.messages.length > 0);
    for (const node of cluster.nodes) {
      const { text } = await exchange(new URL('/messages?read=linearizable', node.url), {});
      assert.deepEqual((JSON.parse(text) as { messages: string[] }).messages.toSorted(), written.messages.toSorted());
    }
    assert.deepEqual(await trim(s1), [200, undefined, undefined]);
    // The leader asks for the newest version first.
    const refused = cluster.nodes.flatMap((node) => node.events('stream.refused').map(({ code }) => [node.id, code]));
    assert.deepEqual(refused, [[s2.id, 'unknown-protocol']]);
  },
);
