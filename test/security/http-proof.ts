/** Inputs at the HTTP port of real nodes, none of which may end a node, be stored though it was refused, or stay in its memory. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import { startThree } from '../support/nodes.ts';
import type { TestNode, ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { markPlace, operationRequests, recordedRequests } from './http-corpus.ts';
import { mutated } from './http-mutations.ts';
import { Memory } from './memory.ts';

const perRound = 10_000;
/** The part of the run in which nodes take the memory that they need anyway. */
const warmUp = 0.2;
/** With as much as a process takes of its own accord, what is only not collected yet would look like a leak, and hide one. */
const smallHeap = '--max-old-space-size=96';
const rssGrowthMax = 64 * 1024 * 1024;
/** After this a connection is closed from here: many requests may wait for longer. */
const patienceMs = 1000;
const answerBytesMax = 64 * 1024;

const tokens = { read: 'the-token-of-a-reader', append: 'the-token-of-an-appender', admin: 'the-token-of-an-operator' };
const secret = 'what the nodes of this proof share';

export interface HttpReport {
  readonly total: number;
  /** By status of the last answer; `none`: there was none before the connection ended, or the patience. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly rssGrowth: number;
  readonly rssAfterWarmUp: number;
}

interface HttpRun {
  readonly seed: number;
  readonly count: number;
  /** How many inputs are on their way at a time. */
  readonly atOnce: number;
  /** With a secret and tokens. */
  readonly isClosed: boolean;
  readonly say: (line: string) => void;
}

/** @throws if a node ended or failed inside, stored what it refused, grew too much, or if the nodes do not go on */
export async function proveHttp({ seed, count, atOnce, isClosed, say }: HttpRun): Promise<HttpReport> {
  const closed = {
    CLUSTER_SECRET: secret,
    API_TOKENS: Object.entries(tokens)
      .map((pair) => pair.join(':'))
      .join(','),
  };
  const three = await startThree({
    env: {
      LOG_LEVEL: 'error',
      NODE_OPTIONS: smallHeap,
      WRITE_TIMEOUT_MS: '300',
      MESSAGE_BYTES_MAX: '64KiB',
      BODY_BYTES_MAX: '256KiB',
      ...(isClosed && closed),
    },
  });
  await using _ = three.cluster;
  // It is made at the first request, which takes a node as long as many others.
  for (const node of three.cluster.nodes) await exchange(new URL('/openapi.json', node.url), {});
  const recorded = await recordedRequests(three.master.spec.port, isClosed ? tokens.admin : undefined);
  // Where nobody needs a token, leadership would move with every second request.
  const operations = operationRequests().filter((bytes) => isClosed || !bytes.includes('/promote'));
  const corpus = [...operations, ...recorded].map((bytes) => (isClosed ? withoutToken(bytes) : bytes));
  const random = new Random(seed);
  const statuses = new Map<string, number>();
  using memory = new Memory(three.cluster.nodes);
  let total = 0;
  let read = 0;
  while (total < count) {
    const refused = new Set<string>();
    const left = Math.min(perRound, count - total);
    let begun = 0;
    const lane = async (): Promise<void> => {
      while (begun < left) {
        begun += 1;
        const mark = `mark-${random.id()}${random.id()}${random.id()}`;
        const input = mutated(random, corpus);
        const bytes = isClosed ? withSomeToken(random, withMark(input, mark)) : withMark(input, mark);
        const heard = await hearAll(random.pick(three.cluster.nodes).spec.port, bytes);
        const status = heard.statuses.at(-1) ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        assert.ok(
          !heard.isInternal,
          `an input led to an internal error (seed ${seed}): ${JSON.stringify(bytes.toString('latin1').slice(0, 4000))}`,
        );
        if (heard.isRefused && bytes.includes(mark)) refused.add(mark);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    total += left;
    for (const node of three.cluster.nodes) assert.ok(node.isRunning, `${node.id} lives (seed ${seed}):\n${node.output.slice(-3000)}`);
    read = await checkStored(three, { from: read, refused, token: isClosed ? tokens.admin : undefined });
    if (total >= warmUp * count) memory.isWarm();
    say(`${total} inputs; ${memory.toString()}`);
  }
  for (const node of three.cluster.nodes) assert.deepEqual(node.events('request.failed'), [], node.id);
  const { growth, warm } = memory;
  assert.ok(growth < rssGrowthMax, `a node grew by ${growth} bytes (seed ${seed})`);
  return { total, statuses, rssGrowth: growth, rssAfterWarmUp: warm };
}

/** All go on, and none of what was refused is in the log. @returns where the log ends */
async function checkStored(
  { cluster }: ThreeNodes,
  { from, refused, token }: { from: number; refused: ReadonlySet<string>; token: string | undefined },
): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let end = from;
  for (const node of cluster.nodes) {
    await waitFor(`${node.id} takes an append for all`, async () => (await appendWith(node, headers)) === 201);
    const { status, text } = await exchange(new URL(`/messages?from=${from}`, node.url), { headers });
    assert.equal(status, 200, text);
    for (const [stored] of text.matchAll(/mark-[0-9a-f]{24}/g))
      assert.ok(!refused.has(stored), `${node.id} stored ${stored}, which it had refused`);
    end = Math.max(end, from + (JSON.parse(text) as { messages: unknown[] }).messages.length);
  }
  return end;
}

async function appendWith(node: TestNode, headers: Record<string, string>): Promise<number> {
  const body = JSON.stringify({ message: 'all go on', w: 'all', timeoutMs: 2000 });
  const { status } = await exchange(new URL('/messages', node.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return status;
}

interface Heard {
  readonly statuses: readonly string[];
  /** Everything that was asked was refused, for certain. */
  readonly isRefused: boolean;
  /** The node failed inside. */
  readonly isInternal: boolean;
}

/** Says all this, and nothing more. @returns what was answered until the end of the connection */
function hearAll(port: number, bytes: Buffer): Promise<Heard> {
  return new Promise((resolve) => {
    let heard = '';
    let isCut = false;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const cut = (): void => {
      isCut = true;
      socket.destroy();
    };
    const timer = setTimeout(cut, patienceMs);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (heard.length > answerBytesMax) cut();
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status).filter((status) => status !== '100');
      const outcomes = [...heard.matchAll(/"outcome":\s?"(\w+)"/g)].map(([, outcome]) => outcome);
      const isRefused =
        !isCut && statuses.length > 0 && statuses.every((status) => status >= '400') && outcomes.every((each) => each === 'rejected');
      resolve({ statuses, isRefused, isInternal: statuses.includes('500') && heard.includes('"internal-error"') });
    });
    socket.end(bytes);
  });
}

function withMark(bytes: Buffer, mark: string): Buffer {
  const place = Buffer.from(markPlace);
  assert.equal(mark.length, place.length);
  for (let at = bytes.indexOf(place); at !== -1; at = bytes.indexOf(place, at + 1)) bytes.write(mark, at, 'latin1');
  return bytes;
}

function withoutToken(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(/\r\nauthorization:[^\r]*/gi, ''), 'latin1');
}

/** Nobody may change the cluster, so that what is sent with a token can be anything. */
function withSomeToken(random: Random, bytes: Buffer): Buffer {
  const token = random.pick(['', 'a-token-that-nobody-has', tokens.read, tokens.append, tokens.append]);
  const end = bytes.indexOf('\r\n');
  if (token === '' || end === -1) return bytes;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(`\r\nauthorization: Bearer ${token}`), bytes.subarray(end)]);
}
