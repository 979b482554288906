/** The electors of examples/external-coordinator beside real nodes: over a real etcd, and over a stand-in for Kubernetes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { onlyLong } from '../support/long.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { ElectorProcess } from '../elector/elector-process.ts';
import { Etcd, withEtcd } from '../elector/etcd.ts';
import { LeaseApi } from '../elector/lease-api.ts';

const ttlSeconds = 3;
const lease = 'rlog-leader';

interface Store {
  /** How an elector is told of it. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly holder: () => Promise<string | undefined>;
  readonly goAway: () => void;
  readonly comeBack: () => void;
}

class Electors implements AsyncDisposable {
  readonly #store: Store;
  readonly of = new Map<TestNode, ElectorProcess>();

  constructor(store: Store) {
    this.#store = store;
  }

  start(node: TestNode): void {
    const args = ['--node', node.url, '--name', node.id, '--lease', lease, '--ttl', String(ttlSeconds), ...this.#store.args];
    this.of.set(node, new ElectorProcess(args, this.#store.env));
  }

  async kill(node: TestNode): Promise<void> {
    await this.of.get(node)?.end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.of.values()].map((elector) => elector.end('SIGKILL')));
  }
}

async function leads(node: TestNode): Promise<boolean> {
  return (await healthOf(node)).role === 'leader';
}

async function epochOf(node: TestNode): Promise<number> {
  return (await healthOf(node)).epoch;
}

/** As a machine that is gone: its node and its elector. */
async function machineDies(node: TestNode, electors: Electors): Promise<void> {
  await Promise.all([node.kill(), electors.kill(node)]);
}

async function assertElects(t: TestContext, cluster: TestCluster, store: Store): Promise<void> {
  const [n1, n2, n3] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined && n3 !== undefined);
  await using electors = new Electors(store);
  for (const node of cluster.nodes) electors.start(node);

  // No elector founds a cluster. An operator does, once.
  assert.equal((await ask(n2, '/promote', { method: 'POST' })).json['leader'], 'n2');
  const founded = await epochOf(n2);
  await waitFor('the lease is where the leader is', async () => (await store.holder()) === 'n2');
  assert.equal((await append(n1, 'one')).status, 201);
  assert.equal(await epochOf(n2), founded, 'nobody was deposed');

  const killedAt = performance.now();
  await machineDies(n2, electors);
  assert.equal((await append(n1, 'two')).status, 201);
  t.diagnostic(
    `from the death of the leader's machine to the next append: ${Math.round(performance.now() - killedAt)} ms, with a lease of ${ttlSeconds} s`,
  );
  const [leader, other] = (await leads(n1)) ? [n1, n3] : [n3, n1];
  assert.ok(await leads(leader));
  await waitFor('the lease is where the leader is', async () => (await store.holder()) === leader.id);

  await n2.start();
  electors.start(n2);
  await waitFor('it has all', async () => (await messagesOf(n2)).length === 2);

  // While the store is away, for longer than the lease holds, the leader leads on.
  const epoch = await epochOf(leader);
  store.goAway();
  await waitFor('the lease is lost', () => electors.of.get(leader)?.count('lease.lost') === 1);
  assert.equal((await append(n2, 'three')).status, 201);
  store.comeBack();
  await waitFor('it is taken again', () => (electors.of.get(leader)?.count('lease.taken') ?? 0) === 2);
  assert.deepEqual([await epochOf(leader), await leads(leader)], [epoch, true]);

  // An operator may decide otherwise.
  const body = JSON.stringify({ id: other.id });
  const promoted = await ask(n2, '/promote', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(promoted.json['leader'], other.id, promoted.text);
  await waitFor('the lease follows', async () => (await store.holder()) === other.id);
  assert.deepEqual([await leads(other), await epochOf(other)], [true, promoted.json['epoch']]);

  // A node that is gone while its elector is not: the lease is given back, and does not have to end.
  await other.kill();
  assert.equal((await append(leader, 'four')).status, 201);
  assert.equal(electors.of.get(other)?.count('lease.given-back'), 1);
  assert.equal(await electors.of.get(leader)?.end('SIGTERM'), 0);
  assert.deepEqual(await messagesOf(leader), ['one', 'two', 'three', 'four']);
}

const external = { COORDINATOR: 'external' };

test('electors over etcd make another node lead when the machine of the leader dies, and a lost etcd deposes nobody', {
  ...onlyLong,
  ...withEtcd,
}, async (t) => {
  await using etcd = await Etcd.start();
  await using cluster = await startEqual(3, external, { isLed: false });
  await assertElects(t, cluster, {
    args: ['--etcd', etcd.url],
    env: {},
    holder: async () => {
      const { kvs = [] } = (await etcd.ask('kv/range', { key: Buffer.from(lease).toString('base64') })) as { kvs?: { value: string }[] };
      return kvs[0] === undefined ? undefined : Buffer.from(kvs[0].value, 'base64').toString('utf8');
    },
    goAway: () => etcd.signal('SIGSTOP'),
    comeBack: () => etcd.signal('SIGCONT'),
  });
});

test('electors over a Lease of Kubernetes do the same', onlyLong, async (t) => {
  await using api = await LeaseApi.start();
  await using cluster = await startEqual(3, external, { isLed: false });
  const tokenFile = join(cluster.folder, 'token');
  writeFileSync(tokenFile, `${api.token}\n`);
  await assertElects(t, cluster, {
    args: ['--kubernetes'],
    env: { KUBERNETES_URL: api.url, KUBERNETES_NAMESPACE: 'rlog', KUBERNETES_TOKEN_FILE: tokenFile },
    holder: () => Promise.resolve(api.leases.get(lease)?.spec.holderIdentity),
    goAway: () => (api.isAway = true),
    comeBack: () => (api.isAway = false),
  });
});

test('an elector whose settings are wrong says so, and one whose node wants a token ends and says that', async () => {
  await using unset = new ElectorProcess(['--node', 'http://127.0.0.1:1', '--name', 'n1', '--lease', lease]);
  assert.equal(await unset.exited(), 2);
  assert.match(unset.output, /either --etcd or --kubernetes is needed/);
  await using api = await LeaseApi.start();
  await using cluster = await startEqual(1, { ...external, API_TOKENS: 'admin:a-token-of-an-operator' }, { isAwaited: false });
  const [node] = cluster.nodes;
  assert.ok(node !== undefined);
  const env = { KUBERNETES_URL: api.url, KUBERNETES_NAMESPACE: 'rlog' };
  await using elector = new ElectorProcess(['--node', node.url, '--name', 'n1', '--lease', lease, '--kubernetes'], env);
  assert.equal(await elector.exited(), 1);
  assert.match(elector.output, /\/health does not say how the node is/);
});
