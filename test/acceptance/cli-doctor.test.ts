/** `rlog doctor`: what it asks, and how it ends. What it finds is tested beside src/cli/doctor/findings.ts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Member } from '../../src/api/health.ts';
import { usualSettings } from '../../src/api/health.test-support.ts';
import { ask } from '../support/api.ts';
import { fakeNode, healthOfLeader } from '../support/fake-node.ts';
import type { FakeAnswer, FakeNode } from '../support/fake-node.ts';
import { startEqual } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import type { Ran } from '../support/rlog.ts';
import { onlyLong } from '../support/long.ts';

const ids = ['m', 'n1', 'n2'] as const;
type Id = (typeof ids)[number];

interface Fakes extends AsyncDisposable {
  readonly urls: Readonly<Record<Id, string>>;
}

/** Three nodes that are well and reach each other, unless `changed` says something else, by node and path. */
async function fakes(changed: (id: Id, path: string) => FakeAnswer | undefined = () => undefined): Promise<Fakes> {
  const urls: Record<Id, string> = { m: '', n1: '', n2: '' };
  const healthOf = (id: Id): Health => {
    const members = ids.map(
      (each): Member => ({ id: each, url: urls[each], state: 'member', health: 'healthy', durableEnd: 3, lagEntries: 0, lagMs: 0 }),
    );
    const leader = { id: 'm', url: urls.m, epoch: 4 };
    return healthOfLeader({ members, leader, node: id, server_id: id, role: id === 'm' ? 'leader' : 'follower' });
  };
  const nodes: FakeNode[] = [];
  for (const id of ids) {
    const node = await fakeNode((_method, path) => {
      const other = changed(id, path);
      if (other !== undefined) return other;
      const [, asked = id] = /^\/nodes\/(\w+)\/health$/.exec(path) ?? [];
      return { status: 200, body: healthOf(asked as Id) };
    });
    nodes.push(node);
    urls[id] = node.url;
  }
  return { urls, [Symbol.asyncDispose]: async () => void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))) };
}

function doctor(url: string, ...more: readonly string[]): Promise<Ran> {
  return runRlog(['doctor', '--url', url, ...more]);
}

async function codesAt(url: string, ...more: readonly string[]): Promise<string[]> {
  const { findings } = JSON.parse((await doctor(url, '--json', ...more)).stdout) as {
    readonly findings: readonly { readonly code: string }[];
  };
  return findings.map(({ code }) => code);
}

test('doctor asks the nodes of a real cluster, and finds nothing wrong; and then the node that is killed', async () => {
  await using cluster = await startEqual(3, { HEARTBEAT_INTERVAL_MS: '100' });
  const [first, second, third] = cluster.nodes;
  assert.ok(first !== undefined);
  const { settings, notElectable, isRetentionHeld, certificateEndsAt } = (await ask(first, '/health')).json as unknown as Health;
  const { dataPlace, ...others } = settings;
  assert.ok(['disk', 'container', 'volume', 'anonymous-volume', 'tmpfs'].includes(dataPlace), dataPlace);
  assert.deepEqual(others, {
    ...{ coordinator: 'elections', defaultWriteConcern: 'majority', isBeyondLoopback: false, needsToken: false, hasSecret: false },
    ...{ isOpenToAll: false, acceptsInsecure: false },
  });
  assert.deepEqual([notElectable, isRetentionHeld, certificateEndsAt], [[], false, null]);
  const well = await doctor(second?.url ?? '');
  assert.deepEqual([well.status, well.stderr], [0, ''], well.stdout);
  assert.match(well.stdout, /^3 of 3 nodes answered: nothing is wrong/m);
  await third?.kill();
  const missing = await doctor(second?.url ?? '');
  assert.equal(missing.status, 1, missing.stdout);
  assert.match(missing.stdout, /^wrong: n3 .*\(node-silent\)\n {2}do: .*\n {2}see docs\/operations\.md#one-node-is-down$/m);
  assert.match(missing.stdout, /^2 of 3 nodes answered: 1 thing wrong/m);
});

test('doctor ends with 1 if something is wrong, with --strict also for a risk, and with 4 if no node answers', onlyLong, async () => {
  await using well = await fakes();
  assert.deepEqual([(await doctor(well.urls.m)).status, (await doctor(well.urls.m, '--strict')).status], [0, 0]);
  const atRisk = { ...healthOfLeader(), node: 'm', settings: { ...usualSettings, acceptsInsecure: true } };
  await using risky = await fakeNode(() => ({ status: 200, body: atRisk }));
  const [plain, strict] = await Promise.all([doctor(risky.url), doctor(risky.url, '--strict')]);
  assert.deepEqual([plain.status, strict.status], [0, 1]);
  assert.match(plain.stdout, /^risk: m serves .* \(accepts-insecure\)$/m);
  assert.match(plain.stdout, /^1 of 1 node answered: nothing is wrong, 1 risk$/m);
  assert.equal((await doctor(`http://127.0.0.1:${await freePort()}`)).status, 4);
});

test('doctor has each node try the address of each other one', async () => {
  const notReached = {
    code: 'node-unreachable',
    title: 'No',
    detail: 'n2 cannot be reached: timeout',
    outcome: 'rejected',
    retryable: true,
  };
  await using cluster = await fakes((id, path) => {
    if (id === 'n1' && path === '/nodes/n2/health') return { status: 503, body: notReached };
    if (id === 'n2' && path === '/nodes/n1/health') return { status: 200, body: healthOfLeader({ node: 'm' }) };
    return undefined;
  });
  const { stdout, status } = await doctor(cluster.urls.m);
  assert.equal(status, 1);
  assert.match(stdout, new RegExp(`^wrong: ${cluster.urls.n1}, the address of n1, leads n2 to m \\(address-of-another\\)$`, 'm'));
  assert.match(
    stdout,
    /^wrong: n1 cannot reach n2 at .* \(n2 cannot be reached: timeout\), although n2 answers others \(address-unreachable\)$/m,
  );
});

test('doctor compares the clocks of the nodes, also of those that are asked through another one', async () => {
  const late = new Date(Date.now() - 3_600_000).toUTCString();
  await using cluster = await fakes((id, path) =>
    id === 'm' && path === '/nodes/n2/health'
      ? { status: 200, body: healthOfLeader({ node: 'n2', role: 'follower' }), headers: { date: late } }
      : undefined,
  );
  assert.match((await doctor(cluster.urls.m)).stdout, /^wrong: the clock of n2 is (59|60|61) min behind the others \(clocks-differ\)$/m);
});

test('of several addresses that it is given, doctor names those that lead nowhere or to another cluster', async () => {
  await using cluster = await fakes();
  await using other = await fakeNode(() => ({ status: 200, body: healthOfLeader({ cluster: 'another' }) }));
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  assert.deepEqual(await codesAt([cluster.urls.m, nowhere, other.url].join(',')), ['named-address', 'other-cluster']);
  assert.deepEqual(await codesAt([nowhere, cluster.urls.n1].join(',')), ['named-address'], 'the first one is down');
});

test('doctor needs a token where the nodes do', async () => {
  await using node = await fakeNode(() => ({ status: 200, body: { status: 'healthy' } }));
  const { status, stderr } = await doctor(node.url);
  assert.equal(status, 1);
  assert.match(stderr, /RLOG_TOKEN/);
});
