/** `rlog init`, as somebody uses it who wants a cluster with TLS, a secret and tokens. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { exchange } from '../support/api.ts';
import type { Asked, RawAnswer } from '../support/api.ts';
import { TestCluster } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';

/** The settings below each heading. */
function settingsIn(text: string): Map<string, Record<string, string>> {
  const blocks = text.split(/^# /m).map((block) => block.split('\n'));
  return new Map(
    blocks.map(([heading = '', ...lines]) => [
      heading.split(/[:;]/)[0] ?? '',
      Object.fromEntries(
        lines.filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      ),
    ]),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted();
}

test('what rlog init makes is enough to run a cluster and to ask it, private, and never overwritten; --renew is taken up at once', async () => {
  await using cluster = new TestCluster();
  const folder = join(cluster.folder, 'made');
  const ports = [await freePort(), await freePort(), await freePort()];
  const nodes = ports.map((port) => `https://localhost:${port}`).join(',');
  const made = await runRlog(['init', folder, '--nodes', nodes]);
  assert.equal(made.status, 0, made.stderr);
  const files = filesIn(folder);
  assert.deepEqual([...new Set(files.map((path) => statSync(join(folder, path)).mode & 0o777))], [0o600]);
  const contents = (): string[] => files.map((path) => readFileSync(join(folder, path), 'utf8'));
  const before = contents();
  for (const args of [
    ['--nodes', nodes],
    ['--nodes', 'https://elsewhere:5000'],
  ]) {
    const again = await runRlog(['init', folder, ...args]);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /is not empty, and nothing in it is overwritten/);
  }
  assert.deepEqual([filesIn(folder), contents()], [files, before]);
  for (const path of files.filter((each) => /key|token$|secret/.test(each))) {
    const secret = readFileSync(join(folder, path), 'utf8').trim().split('\n').at(-2) ?? readFileSync(join(folder, path), 'utf8').trim();
    assert.ok(!made.stdout.includes(secret), `${path} is printed`);
  }

  const settings = settingsIn(made.stdout);
  for (const port of ports) {
    const { NODE_PORT, ...env } = settings.get(`localhost_${port}`) ?? {};
    assert.equal(NODE_PORT, String(port));
    cluster.add({ kind: 'node', port, env: { ...env, SERVER_ID: `localhost_${port}` } }).spawn();
  }
  const client = settings.get('A client') ?? {};
  const { RLOG_TOKEN = '', RLOG_CA_FILE = '', RLOG_URL } = client;
  assert.equal(RLOG_URL, nodes);
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(RLOG_CA_FILE, 'utf8')]);
  const token = readFileSync(/cat (\S+)\)/.exec(RLOG_TOKEN)?.[1] ?? '', 'utf8').trim();
  const first = nodes.split(',')[0] ?? '';
  const send = (path: string, asked: Asked = {}, withToken = true): Promise<RawAnswer> => {
    const headers = { 'content-type': 'application/json', ...(withToken && { authorization: `Bearer ${token}` }) };
    return exchange(new URL(path, first), { ...asked, headers });
  };
  await waitFor('all are healthy', async () => {
    const { text } = await send('/health').catch(() => ({ text: '{}' }));
    return (JSON.parse(text) as { readonly status?: string }).status === 'healthy';
  });
  const append = { method: 'POST', body: '{"message":"hello","w":"all"}' };
  assert.equal((await send('/messages', append)).status, 201);
  assert.equal((await send('/messages', append, false)).status, 401);
  const byCommand = await runRlog(['append', 'hello'], { env: { ...client, RLOG_TOKEN: token } });
  assert.equal(byCommand.status, 0, byCommand.stderr);
  const renewed = await runRlog(['init', folder, '--renew', '--days', '30']);
  assert.equal(renewed.status, 0, renewed.stderr);
  await waitFor('all take it up', () => cluster.nodes.every((node) => node.events('tls.renewed').length > 0));
  assert.equal((await send('/messages', append)).status, 201);
});

test('rlog init says what is wrong with what it is told', async () => {
  await using cluster = new TestCluster();
  const folder = join(cluster.folder, 'made');
  for (const [args, status, message] of [
    [[], 2, /--nodes must list the URLs/],
    [['--nodes', 'http://a:5000'], 2, /"http:\/\/a:5000" is not a URL like https:/],
    [['--nodes', 'https://a:5000,https://a:5000'], 2, /names a node twice/],
    [['--nodes', 'https://a', '--days', '0'], 2, /--days must be a whole number/],
    [['--renew'], 1, /is not a folder that rlog init made/],
  ] as const) {
    const ran = await runRlog(['init', folder, ...args]);
    assert.deepEqual([ran.status, ran.stdout], [status, '']);
    assert.match(ran.stderr, message);
  }
  assert.deepEqual(readdirSync(cluster.folder), []);
});
