/** Real nodes and commands over TLS: who is served and whom they trust, certificates that are renewed, TLS taken up and given up. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ask, exchange, messagesOf } from '../support/api.ts';
import { TestAuthority } from '../support/certificates.ts';
import { Load, assertStoredOnceInOrder } from '../support/load.ts';
import { onlyLong } from '../support/long.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { restartEach } from '../support/rolling.ts';
import { waitFor } from '../support/wait.ts';

let authority: TestAuthority;

before(async () => {
  authority = await TestAuthority.make();
  // For `fetch`, as whoever embeds the client may do it.
  setDefaultCACertificates([...getCACertificates('default'), authority.ca]);
});

after(() => authority[Symbol.dispose]());

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

test('a node with wrong files does not start, and says which; a container finds its own node over TLS', onlyLong, async () => {
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

test(
  'certificates are renewed under load: no append fails, whoever comes is shown the new one, and the metric follows',
  onlyLong,
  async () => {
    await using cluster = await startEqual(3, await authority.settings('renewed', { days: 13 }), { scheme: 'https' });
    const remainingDays = async (node: TestNode): Promise<number> => {
      const { text } = await ask(node, '/metrics');
      const days = Number(/^rlog_certificate_remaining_seconds (\S+)$/m.exec(text)?.[1]) / 86_400;
      const endsAt = Date.parse(String((await ask(node, '/health')).json['certificateEndsAt']));
      assert.ok(Math.abs(endsAt - Date.now() - days * 86_400_000) < 60_000, 'it says the same in /health');
      return days;
    };
    for (const node of cluster.nodes) {
      assert.ok(Math.abs((await remainingDays(node)) - 13) < 0.1);
      assert.equal(node.events('tls.ends-soon').length, 1);
    }
    await using load = new Load({ name: 'renewed', urls: cluster.nodes.map(({ url }) => url) });
    for (let count = 1; count <= 3; count += 1) {
      await authority.issue('renewed', { days: 20 + count });
      await waitFor('all take it up', () => cluster.nodes.every((node) => node.events('tls.renewed').length === count));
      await load.goesOn();
      // Each look at a node is a connection of its own, and so is each new stream after this.
      for (const node of cluster.nodes) assert.ok(Math.abs((await remainingDays(node)) - 20 - count) < 0.1);
    }
    await load.stop();
    const [node] = cluster.nodes;
    assert.ok(node !== undefined);
    assertStoredOnceInOrder(await messagesOf(node, '?read=linearizable'), [load]);
    const shown = await new Promise<X509Certificate | undefined>((resolve) => {
      const socket = connect({ port: node.spec.port, host: '127.0.0.1' }, () => {
        resolve(socket.getPeerX509Certificate());
        socket.destroy();
      });
    });
    assert.equal(shown?.fingerprint256, new X509Certificate(readFileSync(join(authority.folder, 'renewed.pem'))).fingerprint256);
  },
);

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
  await using plain = new Load({ name: 'plain', urls: urls('http') });
  await restartEach(cluster, () => ({ env: { ...settings, ACCEPT_INSECURE: '1' } }));
  await using secured = new Load({ name: 'secure', urls: urls('https') });
  await plain.stop();
  await restartEach(cluster, (node) => ({ env: secure(node), scheme: 'https' }));
  assert.deepEqual(await memberUrls(), urls('https'));
  for (const url of urls('http')) assert.equal((await exchange(new URL('/health', url), {})).status, 400);
  await restartEach(cluster, () => ({ env: { ...settings, ACCEPT_INSECURE: '1' } }));
  await using plainAgain = new Load({ name: 'plain again', urls: urls('http') });
  await secured.stop();
  await restartEach(cluster, () => ({}));
  await plainAgain.stop();
  const loads = [plain, secured, plainAgain];
  assert.deepEqual(await memberUrls(), urls('http'));
  const counts = loads.map(({ count }) => count);
  assert.ok(
    counts.every((count) => count > 100),
    String(counts),
  );
  assertStoredOnceInOrder(await messagesOf(cluster.nodes[0] ?? assert.fail(), '?read=linearizable'), loads);
});
