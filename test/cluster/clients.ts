/**
 * Impatient clients that write and read through any node: with short timeouts, and retries through another node under the
 * same idempotency key. They report everything to the recorder and judge nothing.
 */

import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import type { RawAnswer } from '../support/api.ts';
import type { ChaosNode } from './chaos-cluster.ts';
import type { ReadLevel, WriteConcern } from '../../src/api/entries.ts';
import type { Attempt, Recorder, SeenEntry } from './history.ts';

/** How much longer than the timeout a client waits: without an answer by then, the outcome is unknown. */
const answerSlackMs = 1000;
const readTimeoutMs = 2000;
const retriesMax = 3;

/** For the probes through one node. */
const probeEveryMs = 10;
const probeTimeoutMs = 5000;
const probesMax = 400;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** While no node leads, all probes wait at the same time, each on a connection. */
const probeAgent = new Agent({ keepAlive: true, maxSockets: probesMax });

/** Closes connections that would keep the process alive. */
export function closeConnections(): void {
  agent.destroy();
  probeAgent.destroy();
}

export interface Client {
  readonly name: string;
  readonly nodes: readonly ChaosNode[];
  readonly recorder: Recorder;
  readonly random: Random;
  readonly isOver: () => boolean;
}

interface Append {
  readonly client: string;
  readonly messages: readonly string[];
  readonly key: string | undefined;
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  readonly agent?: Agent;
}

/** Writes with every concern, through every node. */
export async function write(client: Client): Promise<void> {
  const { name, nodes, recorder, random, isOver } = client;
  for (let count = 0; !isOver(); count += 1) {
    await pause(random.between(1, 10));
    const entryCount = random.chance(0.1) ? random.between(2, 5) : 1;
    const messages = Array.from({ length: entryCount }, (_, index) => messageOf(`${name} ${count}.${index}`, random));
    const append = {
      client: name,
      messages,
      key: random.chance(0.6) ? `${name} ${count}` : undefined,
      w: random.pick([1, 2, 3, 'majority', 'majority', 'all'] as const),
      timeoutMs: random.between(200, 800),
    };
    let attempt = await appendOnce(recorder, random.pick(nodes), append);
    if (append.key === undefined) continue;
    for (let retry = 0; retry < retriesMax && attempt.outcome !== 'acknowledged' && !isOver(); retry += 1) {
      attempt = await appendOnce(recorder, random.pick(nodes), append);
    }
    // Like a client whose answer was lost on the way back.
    if (random.chance(0.1)) await appendOnce(recorder, random.pick(nodes), append);
  }
}

/** Writes to the master at `majority`, one append after another: so it shows when appends make no progress. */
export async function beat({ name, nodes, recorder, isOver }: Client): Promise<void> {
  const master = nodes.find((node) => node.isMaster);
  if (master === undefined) throw new Error('there is no master');
  for (let count = 0; !isOver(); count += 1) {
    await pause(10);
    const append = { client: name, messages: [`${name} ${count}`], key: undefined, w: 'majority' as const, timeoutMs: 500 };
    await appendOnce(recorder, master, append);
  }
}

/**
 * Sends an append through this node every ten milliseconds, without waiting for earlier ones: it shows for how long no node
 * leads. Every other one has no key: the forwarding node makes sure that it is not stored twice.
 */
export async function probe({ name, recorder, isOver }: Client, node: ChaosNode): Promise<void> {
  const pending = new Set<Promise<unknown>>();
  for (let count = 0; !isOver(); count += 1) {
    await pause(probeEveryMs);
    // The node is suspended: further probes would only wait behind these.
    if (pending.size >= probesMax) continue;
    const message = `${name} ${count}`;
    const append = {
      client: name,
      messages: [message],
      key: count % 2 === 0 ? message : undefined,
      w: 'majority' as const,
      timeoutMs: probeTimeoutMs,
      agent: probeAgent,
    };
    const sent: Promise<unknown> = appendOnce(recorder, node, append).finally(() => pending.delete(sent));
    pending.add(sent);
  }
  await Promise.all(pending);
}

/** Sends one request, and records its outcome. */
export async function appendOnce(recorder: Recorder, node: ChaosNode, append: Append): Promise<Attempt> {
  const { client, messages, key, w, timeoutMs } = append;
  const began = recorder.now;
  const answer = await send(new URL('/messages', node.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify({ ...(messages.length === 1 ? { message: messages[0] } : { messages }), w, timeoutMs }),
    withinMs: timeoutMs + answerSlackMs,
    agent: append.agent ?? agent,
  });
  const attempt = { client, messages, key, w, node: node.id, began, ended: recorder.now, ...outcomeOf(answer) };
  recorder.attempt(attempt);
  return attempt;
}

/** Reads at every level, mostly near the end of the log, now and then further back. */
export async function read(client: Client): Promise<void> {
  const { nodes, recorder, random, isOver } = client;
  while (!isOver()) {
    await pause(random.between(10, 60));
    const level = random.pick(['default', 'committed', 'linearizable'] as const);
    const tail = Math.max(0, recorder.lastingEnd - random.between(1, 30));
    const from = random.chance(0.9) ? tail : random.between(0, tail);
    await readOnce(client, random.pick(nodes), { level, from, limit: 200 });
  }
}

async function readOnce(
  { name, recorder }: Client,
  node: ChaosNode,
  { level, from, limit }: { readonly level: ReadLevel; readonly from: number; readonly limit: number },
): Promise<void> {
  const began = recorder.now;
  const { start } = node;
  const url = new URL(`/messages?view=entries&read=${level}&from=${from}&limit=${limit}`, node.url);
  const answer = await send(url, { withinMs: readTimeoutMs });
  if (answer?.status !== 200) {
    recorder.failedReadings += 1;
    return;
  }
  const { messages: entries } = JSON.parse(answer.text) as { messages: SeenEntry[] };
  const common = { reader: name, node: node.id, level, from, limit, began, ended: recorder.now, entries };
  recorder.reading({ ...common, start: node.start === start ? start : undefined });
}

/** @returns `undefined` if no complete answer came: the outcome is unknown */
async function send(
  url: URL,
  asked: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly withinMs: number;
    readonly agent?: Agent;
  },
): Promise<RawAnswer | undefined> {
  const { withinMs, ...rest } = asked;
  try {
    return await exchange(url, { agent, ...rest, signal: AbortSignal.timeout(withinMs) });
  } catch {
    return undefined;
  }
}

function outcomeOf(answer: RawAnswer | undefined): Pick<Attempt, 'outcome' | 'code' | 'offset' | 'acks'> {
  const nothing = { offset: undefined, acks: undefined };
  if (answer === undefined) return { outcome: 'unknown', code: 'no-answer', ...nothing };
  const { offset, acks, outcome, code } = parsed(answer.text);
  if (answer.status === 201) return { outcome: 'acknowledged', code: 'created', offset, acks };
  return { outcome: outcome === 'rejected' ? 'rejected' : 'unknown', code: code ?? `status ${answer.status}`, ...nothing };
}

function parsed(text: string): Partial<Attempt> {
  try {
    return JSON.parse(text) as Partial<Attempt>;
  } catch {
    return { code: `no JSON: ${text}` };
  }
}

/** A message that is unique by its name, with a random length. */
function messageOf(name: string, random: Random): string {
  return `${name} ${'.'.repeat(random.between(0, 200))}`;
}
