/** Real nodes and commands over TLS: who is served and whom they trust, certificates that are renewed, TLS taken up and given up. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { LogClient } from '../../src/client/index.ts';
import { ask, exchange, messagesOf } from '../support/api.ts';
import { TestAuthority } from '../support/certificates.ts';
import { onlyLong } from '../support/long.ts';
import { isReady, startEqual } from '../support/nodes.ts';
import type { TestCluster, TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';

let authority: TestAuthority;

before(async () => {
  authority = await TestAuthority.make();
  // For `fetch`, as whoever embeds the client may do it.
  setDefaultCACertificates([...getCACertificates('default'), authority.ca]);
});

after(() => authority[Symbol.dispose]());

/** Appends by some clients, each with one at a time, until they are told to stop. */
function writers(urls: readonly string[], name: string, count = 4) {
  const told: string[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const running = Array.from({ length: count }, async (_, writer) => {
    // Each begins at another node, and knows the others.
    const client = new LogClient({ urls: [...urls.slice(writer % urls.length), ...urls.slice(0, writer % urls.length)] });
    for (let n = 0; !isOver; n += 1) {
      const message = `${name} ${writer} ${n}`;
      try {
        await client.append(message, { w: 'majority' });
        told.push(message);
      } catch (error) {
        failures.push(error);
      }
    }
  });
  const stop = async (): Promise<void> => {
    isOver = true;
    await Promise.all(running);
  };
  return { told, failures, stop, [Symbol.asyncDispose]: stop };
}

function assertAllStoredOnce(stored: readonly unknown[], told: readonly string[]): void {
  const counts = new Map<unknown, number>();
  for (const message of stored) counts.set(message, (counts.get(message) ?? 0) + 1);
  assert.deepEqual([told.filter((message) => counts.get(message) !== 1), stored.length], [[], told.length]);
}

async function healthy(cluster: TestCluster): Promise<void> {
  for (const node of cluster.nodes) await isReady(node);
  await waitFor('all are healthy', async () => {
    const statuses = await Promise.all(cluster.nodes.map((node) => ask(node, '/health')));
    return statuses.some(({ json }) => json['role'] === 'leader' && json['status'] === 'healthy');
  });
}

test('nodes with mutual TLS elect, replicate and forward, and serve only who shows a certificate', async () => {
  const settings = { ...(await authority.settings('mutual', { hosts: ['127.0.0.1'] })), TLS_CLIENT_AUTH: '1' };
  const shown = await authority.issue('client', { hosts: [] });
  using strangers = await TestAuthority.make();
  await using cluster = await startEqual(3, settings, { scheme: 'https', isAwaited: false });
  const [first] = cluster.nodes;
  assert.ok(first !== undefined);
  const env = { RLOG_CA_FILE: authority.caFile, RLOG_CERT_FILE: shown.certFile, RLOG_KEY_FILE: shown.keyFile };
  await waitFor('all are healthy', async () => (await runRlog(['status', '--strict', '--url', first.url], { env })).status === 0);
  for (const { id, url } of cluster.nodes) {
    const { status, stderr } = await runRlog(['append', id, '--w', 'all', '--url', url], { env });
    assert.equal(status, 0, stderr);
  }
  const { stdout } = await runRlog(['messages', '--raw', '--read', 'linearizable', '--url', first.url], { env });
  assert.equal(stdout, 'n1\nn2\nn3\n');
  const refusal = async (url: string, changed: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { status, stderr } = await runRlog(['status', '--url', url], { env: { ...env, ...changed } });
    return `${status} ${stderr}`;
  };
  assert.match(await refusal(first.url, { RLOG_CERT_FILE: '', RLOG_KEY_FILE: '' }), /^4 .*it serves only who shows a certificate/);
  assert.match(await refusal(first.url, { RLOG_CA_FILE: strangers.caFile }), /^4 .*from an authority that is not trusted here/);
  assert.match(await refusal(first.url, { RLOG_CA_FILE: '' }), /^4 .*from an authority that is not trusted here/);
  assert.match(
    await refusal(first.url.replace('127.0.0.1', 'localhost')),
    /^4 .*its certificate is for IP Address:127\.0\.0\.1, and not for localhost/,
  );
  assert.match(await refusal(first.url.replace('https', 'http')), /^\d .*this port speaks TLS: ask it with https/);
  assert.match(await refusal(first.url, { RLOG_CA_FILE: '/nowhere.pem' }), /^2 .*RLOG_CA_FILE: ENOENT/);
  assert.match(await refusal(first.url, { RLOG_KEY_FILE: '' }), /^2 .*one needs the other/);
});

test('a node with wrong files does not start, and says which; a container finds its own node over TLS', async () => {
  const settings = await authority.settings('master', { hosts: ['n1.example'] });
  await using cluster = await startEqual(0);
  const port = await freePort();
  const env = { ...settings, ADVERTISED_URL: `https://n1.example:${port}`, MASTER_PORT: String(port) };
  const master = cluster.add({ kind: 'master', port, env, scheme: 'https' });
  master.spawn({ env: { TLS_KEY_FILE: authority.caFile } });
  assert.deepEqual(await master.exited(), { code: 2, signal: null });
  assert.match(master.output, /rlog: TLS_KEY_FILE: .* has no private key in PEM/);
  master.spawn();
  await waitFor('it serves', async () => (await runRlog(['health', '--by-name', 'master'], { env })).status === 0);
  assert.equal(
    (await runRlog(['health', '--by-name', 'master'], { env: { ...env, ADVERTISED_URL: `https://n2.example:${port}` } })).status,
    1,
  );
});

test('certificates are renewed under load: no append fails, whoever comes is shown the new one, and the metric follows', async () => {
  await using cluster = await startEqual(3, await authority.settings('renewed', { days: 13 }), { scheme: 'https' });
  const remainingDays = async (node: TestNode): Promise<number> => {
    const { text } = await ask(node, '/metrics');
    return Number(/^rlog_certificate_remaining_seconds (\S+)$/m.exec(text)?.[1]) / 86_400;
  };
  for (const node of cluster.nodes) {
    assert.ok(Math.abs((await remainingDays(node)) - 13) < 0.1);
    assert.equal(node.events('tls.ends-soon').length, 1);
  }
  await using load = writers(
    cluster.nodes.map(({ url }) => url),
    'renewed',
  );
  for (let count = 1; count <= 3; count += 1) {
    await authority.issue('renewed', { days: 20 + count });
    const toldBefore = load.told.length;
    await waitFor('all take it up', () => cluster.nodes.every((node) => node.events('tls.renewed').length === count));
    await waitFor('appends go on', () => load.told.length > toldBefore + 50);
    // Each look at a node is a connection of its own, and so is each new stream after this.
    for (const node of cluster.nodes) assert.ok(Math.abs((await remainingDays(node)) - 20 - count) < 0.1);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  const [node] = cluster.nodes;
  assert.ok(node !== undefined);
  assertAllStoredOnce(await messagesOf(node), load.told);
  const shown = await new Promise<X509Certificate | undefined>((resolve) => {
    const socket = connect({ port: node.spec.port, host: '127.0.0.1' }, () => {
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    });
  });
  assert.equal(shown?.fingerprint256, new X509Certificate(readFileSync(join(authority.folder, 'renewed.pem'))).fingerprint256);
});

/** Stops and starts each node, one after the other, once all are healthy. */
async function restartEach(cluster: TestCluster, changes: (node: TestNode) => Parameters<TestNode['start']>[0]): Promise<void> {
  for (const node of cluster.nodes) {
    await healthy(cluster);
    await node.stop();
    await node.start(changes(node));
  }
  await healthy(cluster);
}

test('a running cluster takes TLS up node by node under load, and gives it up again: no append fails', onlyLong, async () => {
  await using cluster = await startEqual(3);
  const settings = await authority.settings('taken-up');
  const ports = cluster.nodes.map(({ spec }) => spec.port);
  const urls = (scheme: string): string[] => ports.map((port) => `${scheme}://127.0.0.1:${port}`);
  const secure = (node: TestNode): Record<string, string> => ({
    ...settings,
    NODES: urls('https').join(','),
    ADVERTISED_URL: `https://127.0.0.1:${node.spec.port}`,
  });
  const memberUrls = async (): Promise<string[]> => {
    const { json } = await ask(cluster.nodes[0] ?? assert.fail(), '/health');
    return (json['members'] as { readonly url: string }[]).map(({ url }) => url).toSorted();
  };
  await using plain = writers(urls('http'), 'plain');
  await restartEach(cluster, () => ({ env: { ...settings, ACCEPT_INSECURE: '1' } }));
  await using secured = writers(urls('https'), 'secure');
  await plain.stop();
  await restartEach(cluster, (node) => ({ env: secure(node), scheme: 'https' }));
  assert.deepEqual(await memberUrls(), urls('https'));
  for (const url of urls('http')) assert.equal((await exchange(new URL('/health', url), {})).status, 400);
  await restartEach(cluster, () => ({ env: { ...settings, ACCEPT_INSECURE: '1' } }));
  await using plainAgain = writers(urls('http'), 'plain again');
  await secured.stop();
  await restartEach(cluster, () => ({}));
  await plainAgain.stop();
  const loads = [plain, secured, plainAgain];
  assert.deepEqual(await memberUrls(), urls('http'));
  assert.deepEqual(
    loads.flatMap(({ failures }) => failures),
    [],
  );
  const told = loads.flatMap((load) => load.told);
  assert.ok(
    loads.every((load) => load.told.length > 100),
    String(loads.map((load) => load.told.length)),
  );
  assertAllStoredOnce(await messagesOf(cluster.nodes[0] ?? assert.fail()), told);
});
