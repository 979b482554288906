/**
 * The same input to two nodes: one reads plain appends itself, the other leaves every connection to node:http. Both must answer
 * the same, byte for byte but for the date, and have the same log in the end.
 */

import assert from 'node:assert/strict';
import { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import { startOwnNode } from '../support/own-node.ts';
import type { OwnNode } from '../support/own-node.ts';
import { plainInput } from './plain-inputs.ts';
import type { PlainInput } from './plain-inputs.ts';

const lanes = 4;
/** If nothing is heard from either for so long, so many times, nothing will be: a process that is held up misses one at a time. */
const quietMs = 40;
const quietTimes = 3;
/** From one, when the other has answered. */
const quietTimesMax = 100;
const endedMs = 20_000;

export interface PlainReport {
  readonly total: number;
  /** By the statuses of all its answers. */
  readonly statuses: ReadonlyMap<string, number>;
  readonly storedCount: number;
  /** How many were read past node:http to their end. */
  readonly plainCount: number;
}

/** @throws if the two differ in an answer or in the log */
export async function provePlain({ seed, count }: { readonly seed: number; readonly count: number }): Promise<PlainReport> {
  const random = new Random(seed);
  const statuses = new Map<string, number>();
  let begun = 0;
  let storedCount = 0;
  let plainCount = 0;
  let lateCount = 0;
  /** With two new nodes, until all is said, or one was too late where the other was not. */
  const pair = async (own: Random): Promise<void> => {
    const env = { WRITE_TIMEOUT_MS: '500' };
    const [plain, reference] = [await startOwnNode(env), await startOwnNode(env)];
    leaveToNodeHttp(reference.server);
    let served = 0;
    plain.server.on('request', () => (served += 1));
    try {
      while (begun < count) {
        begun += 1;
        const input = plainInput(own, `m${begun}`);
        const cuts = own.between(0, 0xffff_ffff);
        const servedBefore = served;
        const [ours, theirs] = await sayToBoth([plain.port, reference.port], input, cuts);
        if (ours.text.includes(late) !== theirs.text.includes(late)) {
          lateCount += 1;
          return;
        }
        const isTimed = input.isHeap || [ours, theirs].some(({ text, wasQuiet }) => wasQuiet || notHttp.test(text));
        assert.equal(comparable(ours.text, isTimed), comparable(theirs.text, isTimed), `${inWords(input)} (seed ${seed}, cuts ${cuts})`);
        const all = statusesIn(ours.text).join(' ');
        statuses.set(all, (statuses.get(all) ?? 0) + 1);
        if (served === servedBefore && all !== '') plainCount += 1;
      }
      const [ourLog, theirLog] = await Promise.all([logOf(plain), logOf(reference)]);
      assert.deepEqual(ourLog, theirLog, `the logs (seed ${seed})`);
      storedCount += ourLog.length;
    } finally {
      await Promise.all([plain.stop(), reference.stop()]);
    }
  };
  const lane = async (own: Random): Promise<void> => {
    for (;;) {
      await pair(own);
      if (begun >= count) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, () => lane(random.fork())));
  assert.ok(lateCount <= 2 + count / 200, `${lateCount} of ${count} were too late`);
  return { total: begun, statuses, storedCount, plainCount };
}

/** As if there was no reader of plain requests. */
function leaveToNodeHttp(server: Server): void {
  const [plain] = server.listeners('connection') as ((socket: Socket) => void)[];
  const [own] = new Server().listeners('connection') as ((this: Server, socket: Socket) => void)[];
  assert.ok(plain !== undefined && own !== undefined);
  server.off('connection', plain).prependListener('connection', own);
}

const ignore = (): void => undefined;

interface Heard {
  readonly text: string;
  /** The client ended it, as nothing more came. */
  readonly wasQuiet: boolean;
}

/** How far one of the two connections is. */
interface Progress {
  /** Which answer it waits for, and how many times it was quiet meanwhile. */
  due: number;
  quietTimes: number;
  /** Both were quiet: neither says any more, also if one is answered after all. */
  isStopped: boolean;
}

async function sayToBoth([ourPort, theirPort]: readonly [number, number], input: PlainInput, cuts: number): Promise<[Heard, Heard]> {
  const [ours, theirs]: [Progress, Progress] = [
    { due: 0, quietTimes: 0, isStopped: false },
    { due: 0, quietTimes: 0, isStopped: false },
  ];
  return Promise.all([
    say(ourPort, { input, cuts: new Random(cuts), own: ours, other: theirs }),
    say(theirPort, { input, cuts: new Random(cuts), own: theirs, other: ours }),
  ]);
}

interface Saying {
  readonly input: PlainInput;
  /** Draws where it is cut. */
  readonly cuts: Random;
  readonly own: Progress;
  readonly other: Progress;
}

/** @returns all that is answered until the connection is closed */
async function say(port: number, { input: { requests, isHeap }, cuts, own, other }: Saying): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  let text = '';
  let isClosed = false;
  let told = ignore;
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    told();
  });
  socket.on('error', () => undefined);
  socket.once('end', () => socket.end());
  socket.once('close', () => {
    isClosed = true;
    told();
  });
  /** @returns whether it was met, before it was quiet for long */
  const hears = async (isMet: () => boolean, withinMs: number): Promise<boolean> => {
    while (!isMet()) {
      const wasTold = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), withinMs);
        told = () => {
          clearTimeout(timer);
          resolve(true);
        };
      });
      if (!wasTold) return false;
    }
    return true;
  };
  let answers = 0;
  const isOver = (): boolean => isClosed || socket.readableEnded;
  let wasQuiet = false;
  for (const request of isHeap ? [Buffer.concat(requests)] : requests) {
    for (const piece of cut(request, cuts)) {
      if (isOver()) break;
      socket.write(piece);
      for (let turns = cuts.between(0, 3); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
    }
    answers += 1;
    const due = isHeap ? requests.length : answers;
    const isAnswered = (): boolean => isOver() || statusesIn(text).length >= due;
    Object.assign(own, { due: answers, quietTimes: 0 });
    while (!wasQuiet && !(await hears(isAnswered, quietMs))) {
      own.quietTimes += 1;
      const areBoth = own.quietTimes >= quietTimes && other.due === answers && other.quietTimes >= quietTimes;
      if (areBoth) other.isStopped = true;
      wasQuiet = areBoth || own.quietTimes === quietTimesMax;
    }
    wasQuiet ||= own.isStopped;
    if (wasQuiet) break;
    own.due += 1;
  }
  socket.end();
  if (!(await hears(() => isClosed, endedMs))) {
    socket.destroy();
    throw new Error(`a connection is not closed; it heard ${JSON.stringify(text)}`);
  }
  return { text, wasQuiet };
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const places = Array.from({ length: random.pick([0, 0, 1, 1, 2, 5]) }, () => random.between(0, Math.min(bytes.length, 2000)));
  const sorted = [0, ...places, bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

/** Of whole answers only; `100` is none. */
function statusesIn(text: string): string[] {
  return answersIn(text)
    .map(({ head }) => head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    .filter((status) => status !== '100');
}

interface Answered {
  readonly head: string;
  readonly body: string;
}

/** The last one may be cut off. */
function answersIn(text: string): Answered[] {
  const answers: Answered[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) break;
    const head = text.slice(at, end);
    const bodyAt = end + 4;
    const length = head.startsWith('HTTP/1.1 100') ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (bodyAt + length > text.length) break;
    answers.push({ head, body: text.slice(bodyAt, bodyAt + length) });
    at = bodyAt + length;
  }
  return answers;
}

const dateLine = /\r\nDate: [^\r]*/g;
/** What the parser refuses behind a request is answered only if the answer to that one is not due any more. */
const notHttp = /"detail":"(?:not HTTP: |the headers of a request may|the URL of the request is|the request was not received)/;
/** An append that got no place in time; nothing was stored. */
const late = '"code":"disk-slow"';
/** Fastify sets them, and which requests behind others come to it depends on when the others are answered. */
const frameworksLines = /^(cache-control|x-content-type-options|content-security-policy): /i;
/** Whether the client had ended it when it was answered. */
const keepLines = /^(connection|keep-alive): /i;
/** Requests that are under way together get their places in any order. */
const places = /(\/messages\/|"offset":|at offset )\d+/g;
const lengthLine = /^content-length: /i;

/** @param isTimed - how the bytes arrived decides part of the answer */
function comparable(text: string, isTimed: boolean): string {
  const dateless = text.replaceAll(dateLine, '');
  if (!isTimed) return dateless;
  const answers = answersIn(dateless).filter(
    ({ head, body }, index) => !head.startsWith('HTTP/1.1 100') && (index === 0 || !notHttp.test(body)),
  );
  const whole = answers.map(({ head, body }) => {
    const [first = '', ...lines] = head.split('\r\n');
    const kept = lines.filter((line) => !frameworksLines.test(line) && !keepLines.test(line) && !lengthLine.test(line));
    return [first, ...kept.toSorted(), '', body].join('\r\n').replaceAll(places, '$1#');
  });
  return whole.join('\r\n');
}

function inWords({ requests, isHeap }: PlainInput): string {
  return `${isHeap ? 'in a heap: ' : ''}${JSON.stringify(requests.map((each) => each.toString('latin1').slice(0, 1500)))}`;
}

async function logOf(node: OwnNode): Promise<string[]> {
  const { status, text } = await exchange(new URL('/messages?limit=100000', node.url), { headers: { accept: 'application/x-ndjson' } });
  assert.equal(status, 200, text);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.stringify((JSON.parse(line) as { readonly message: unknown }).message))
    .toSorted();
}
