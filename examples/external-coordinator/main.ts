/** The command line of an elector: README.md. */

import { parseArgs } from 'node:util';
import { Decisions } from './decide.ts';
import { Elector } from './elector.ts';
import { EtcdLease } from './etcd-lease.ts';
import { KubernetesLease, kubernetesOf } from './kubernetes-lease.ts';
import type { LeaseStore } from './lease-store.ts';
import { HttpNode } from './log-node.ts';

const usage = `Usage: node main.ts --node URL --name NAME --lease NAME (--etcd URL,URL,… | --kubernetes) [--ttl SECONDS]

  --node URL        the node beside this elector
  --name NAME       of this elector: another one for each
  --lease NAME      of the lease: the same for all; in etcd it is a key
  --etcd URLS       of the members of etcd
  --kubernetes      a Lease in the namespace of this pod; elsewhere KUBERNETES_URL and KUBERNETES_NAMESPACE say where
  --ttl SECONDS     how long the lease holds without being prolonged; 3 by default, at least 2

RLOG_TOKEN is a token with the scope admin, if the nodes have tokens.`;

function fail(why: string): never {
  process.stderr.write(`${why}\n\n${usage}\n`);
  process.exit(2);
}

function given() {
  const options = {
    node: { type: 'string' },
    name: { type: 'string' },
    lease: { type: 'string' },
    etcd: { type: 'string' },
    kubernetes: { type: 'boolean', default: false },
    ttl: { type: 'string', default: '3' },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { node, name, lease, etcd, kubernetes, ttl } = given();
if (node === undefined || !URL.canParse(node)) fail('--node must be the URL of a node');
if (name === undefined || name === '' || lease === undefined || lease === '') fail('--name and --lease are needed');
if ((etcd === undefined) !== kubernetes) fail('either --etcd or --kubernetes is needed');
const ttlSeconds = Number(ttl);
if (!Number.isInteger(ttlSeconds) || ttlSeconds < 2) fail(`--ttl must be a whole number of seconds from 2 on, not "${ttl}"`);

const leaseMs = ttlSeconds * 1000;
const everyMs = Math.round(leaseMs / 6);
const urls = (etcd ?? '').split(',').filter((url) => url !== '');
for (const url of urls) if (!URL.canParse(url)) fail(`--etcd: ${url} is not a URL`);

function store(of: { readonly name: string; readonly lease: string }): LeaseStore {
  const withinMs = 2 * everyMs;
  if (!kubernetes) return new EtcdLease({ urls, key: of.lease, name: of.name, ttlSeconds, withinMs });
  return new KubernetesLease({ ...kubernetesOf(process.env), lease: of.lease, name: of.name, leaseSeconds: ttlSeconds, withinMs });
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
const elector = new Elector({
  name,
  node: new HttpNode({ url: node, token: process.env['RLOG_TOKEN'], lookWithinMs: 1000, promoteWithinMs: leaseMs }),
  store: store({ name, lease }),
  decisions: new Decisions({ behindLeaderMs: leaseMs, absentMs: 2 * everyMs, leadWithinMs: 3 * leaseMs, restMs: 2 * leaseMs }),
  leaseMs,
  everyMs,
  report: (event, facts) => process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...facts })}\n`),
});
try {
  await elector.run(stop.signal);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
