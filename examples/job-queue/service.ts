/**
 * One instance of a job queue. Any of them takes jobs and reports; the one that leads hands out.
 *
 *     node service.ts INSTANCE NODE,NODE,NODE SERVICE,SERVICE,SERVICE FOLDER LEASE_MS
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
// In a project of your own: 'replicated-log'.
import { ProblemError, startNode, view } from '../../src/embed/index.ts';
import type { Lead } from '../../src/embed/index.ts';
import { apply, countsOf } from './jobs.ts';
import type { Job, JobEntry, Jobs } from './jobs.ts';

interface Answer {
  readonly status: number;
  readonly body?: object;
}

const [instance = '0', nodeUrls = '', serviceUrls = '', folder = 'data', lease = '30000'] = process.argv.slice(2);
const nodes = nodeUrls.split(',');
const services = serviceUrls.split(',');
const own = Number(instance);
const leaseMs = Number(lease);
/** How long the instance that leads may take to answer another one. */
const passOnMs = 2000;

const node = await startNode({ id: `jobs-${own}`, url: nodes[own] ?? '', nodes, dataDir: join(folder, 'log') });
const jobs = view<Jobs, JobEntry>(node, { initial: { open: new Map(), done: new Set() }, apply, file: join(folder, 'jobs.view') });

async function append(
  entry: JobEntry,
  options?: Parameters<typeof node.append>[1],
): Promise<{ readonly offset: number; readonly state: Jobs }> {
  const { offset } = await node.append(entry, options);
  return { offset, state: await jobs.upTo(offset) };
}

/** While this instance hands out: in the name of which epoch, and until when each job is taken, by the clock of this process. */
let lead: { readonly epoch: number; readonly leases: WeakMap<Job, number> } | undefined;

async function handOut({ epoch, signal }: Lead): Promise<void> {
  // Whatever an earlier leader handed out comes before this entry, so it is known here once this entry is.
  const { state } = await append({ kind: 'leads' }, { ifEpoch: epoch, signal });
  const leases = new WeakMap<Job, number>();
  // When those were taken is not known. Their time begins anew.
  for (const job of state.open.values()) if (job.tries > 0) leases.set(job, performance.now() + leaseMs);
  lead = { epoch, leases };
  if (!signal.aborted) await once(signal, 'abort');
  lead = undefined;
}

async function next(request: IncomingMessage): Promise<Answer> {
  if (lead === undefined) return passOn(request);
  const { epoch, leases } = lead;
  for (const job of jobs.state.open.values()) {
    if ((leases.get(job) ?? 0) > performance.now()) continue;
    const { id, work } = job;
    leases.set(job, Infinity);
    try {
      // If another epoch leads by now, this throws, and nothing is handed out.
      const { offset, state } = await append({ kind: 'taken', id }, { ifEpoch: epoch });
      if (state.open.has(id)) return { status: 200, body: { id, work, token: offset, leaseMs } };
    } finally {
      leases.set(job, performance.now() + leaseMs);
    }
  }
  return { status: 204 };
}

/** Only once: two instances that each take the other for the leader would go on for ever. */
async function passOn(request: IncomingMessage): Promise<Answer> {
  const leader = services[nodes.indexOf(node.leader?.url ?? '')];
  if (leader === undefined || leader === services[own] || request.headers['passed-on'] !== undefined) return notNow('no-leader');
  try {
    const headers = { 'passed-on': 'once' };
    const answer = await fetch(`${leader}/jobs/next`, { method: 'POST', headers, signal: AbortSignal.timeout(passOnMs) });
    return answer.status === 204 ? { status: 204 } : { status: answer.status, body: (await answer.json()) as object };
  } catch {
    return notNow('no-answer');
  }
}

async function add(request: IncomingMessage): Promise<Answer> {
  const work: unknown = JSON.parse(await text(request));
  const key = request.headers['idempotency-key'];
  const { offset } = await append({ kind: 'added', work }, { key: key?.toString() });
  return { status: 201, body: { id: offset } };
}

async function finish(id: number): Promise<Answer> {
  const { done } = jobs.state.done.has(id) ? jobs.state : (await append({ kind: 'done', id })).state;
  return done.has(id) ? { status: 200, body: { done: true } } : { status: 404, body: { error: 'no-such-job', outcome: 'rejected' } };
}

async function answerTo(request: IncomingMessage): Promise<Answer> {
  const { method, url = '/' } = request;
  const [, finished] = /^\/jobs\/(\d+)\/done$/.exec(url) ?? [];
  if (method === 'POST' && url === '/jobs') return add(request);
  if (method === 'POST' && url === '/jobs/next') return next(request);
  if (method === 'POST' && finished !== undefined) return finish(Number(finished));
  if (method === 'GET' && url === '/jobs') return { status: 200, body: countsOf(jobs.state) };
  return { status: 404, body: { error: 'not-found', outcome: 'rejected' } };
}

/** Nothing was done, and a moment later it may be. */
function notNow(error: string): Answer {
  return { status: 503, body: { error, outcome: 'rejected' } };
}

function answerFor(error: unknown): Answer {
  // What is in the request is wrong: no JSON, or a key that cannot be one.
  if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)
    return { status: 400, body: { error: error.message, outcome: 'rejected' } };
  if (!(error instanceof ProblemError)) return { status: 503, body: { error: String(error), outcome: 'unknown' } };
  const { code, outcome, status = 503 } = error;
  return code === 'wrong-epoch' ? notNow('no-leader') : { status, body: { error: code, outcome } };
}

const server = createServer((request, response) => {
  void answerTo(request)
    .catch(answerFor)
    .then(({ status, body }) => {
      response.statusCode = status;
      response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
    });
});

function say(error: unknown): void {
  process.stderr.write(`jobs-${own}: ${String(error)}\n`);
}

void node.runOnLeader(handOut, { onError: say });
Promise.race([node.failed, jobs.failed]).catch((error: unknown) => {
  say(error);
  process.exit(1);
});

/** Hands over, if this instance leads. */
async function stop(): Promise<void> {
  server.close();
  await jobs.stop();
  await node.stop();
  process.exit();
}

for (const signal of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(signal, () => void stop());
await node.ready();
server.listen(Number(new URL(services[own] ?? '').port), '127.0.0.1', () => process.send?.('serves'));
