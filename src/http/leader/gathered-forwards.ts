/**
 * Gathers appends that are to be forwarded to a leader: what comes in one turn of the event loop goes in one request
 * (together.ts). Each append has its own answer, end and failure, so one that waits long holds up no other.
 */

import type { IncomingMessage } from 'node:http';
import { togetherMediaType } from '../../api/media-types.ts';
import { togetherPath } from '../../api/paths.ts';
import { LogError, parseProblem, problems } from '../../api/problems.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import { forwardingHeaders } from './forwarded.ts';
import { exchange } from './leader-exchange.ts';
import type { LeaderReach } from './leader-exchange.ts';
import { readTogetherAnswer, togetherPart } from './together.ts';
import type { AnswerAmong, RequestAmong } from './together.ts';

/** What is larger goes alone: it would gain little, and hold up the others. */
const bodyBytesMax = 16 * 1024;
/** Of one request: a leader that is short of memory still takes it. */
const requestBytesMax = 64 * 1024;

interface Leader {
  readonly url: string;
  readonly epoch: Epoch;
}

interface Waiting {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  /** Ends it; later calls do nothing. @param end - `undefined`: it has to go alone */
  readonly settle: (end: AnswerAmong | Error | undefined) => void;
  isSettled: boolean;
  /** The request that it is in. */
  sent: Sent | undefined;
}

/** A request. */
interface Sent {
  readonly appends: readonly Waiting[];
  readonly over: AbortController;
}

export class GatheredForwards {
  readonly #self: string;
  readonly #reach: LeaderReach;
  /** What this turn has brought, by leader and epoch. */
  readonly #gathered = new Map<string, Waiting[]>();

  /** @param self - name of this node */
  constructor(self: string, reach: LeaderReach) {
    this.#self = self;
    this.#reach = reach;
  }

  /** Whether an append with such a body goes with others. */
  takes(body: Buffer): boolean {
    return body.length <= bodyBytesMax;
  }

  /**
   * @param over - aborts it, and none of the others
   * @returns the leader's answer; `undefined` if it is to go alone: there was no other, or the leader took none of those that were together
   * @throws NotSent, or LogError with `forward-failed`, like `LeaderCaller`
   */
  ask(leader: Leader, request: RequestAmong, over: AbortSignal): Promise<AnswerAmong | undefined> {
    return new Promise((resolve, reject) => {
      const parts = togetherPart(request);
      const waiting: Waiting = {
        parts,
        bytes: parts.reduce((bytes, part) => bytes + part.length, 0),
        isSettled: false,
        sent: undefined,
        settle: (end) => {
          if (waiting.isSettled) return;
          waiting.isSettled = true;
          over.removeEventListener('abort', leave);
          if (end instanceof Error) reject(end);
          else resolve(end);
        },
      };
      const leave = (): void => {
        const cause = asError(over.reason);
        const { sent } = waiting;
        if (sent === undefined) return waiting.settle(new NotSent(`${leader.url}: ${cause.message}`, { cause }));
        waiting.settle(unanswered(leader.url, cause));
        if (sent.appends.every(({ isSettled }) => isSettled)) sent.over.abort(cause);
      };
      over.addEventListener('abort', leave, { once: true });
      this.#gather(leader, waiting);
    });
  }

  #gather(leader: Leader, waiting: Waiting): void {
    const name = `${leader.epoch} ${leader.url}`;
    const others = this.#gathered.get(name);
    if (others !== undefined) return void others.push(waiting);
    const all = [waiting];
    this.#gathered.set(name, all);
    // Whatever else this turn of the event loop brings goes along.
    setImmediate(() => {
      this.#gathered.delete(name);
      const left = all.filter(({ isSettled }) => !isSettled);
      // A request of its own costs a lone one less.
      if (left.length === 1) return left[0]?.settle(undefined);
      while (left.length > 0) this.#send(leader, takeSome(left));
    });
  }

  #send({ url, epoch }: Leader, appends: readonly Waiting[]): void {
    const over = new AbortController();
    for (const waiting of appends) waiting.sent = { appends, over };
    const request = {
      method: 'POST',
      path: togetherPath,
      headers: { 'content-type': togetherMediaType, ...forwardingHeaders(this.#self, { epoch, identity: undefined }) },
      body: Buffer.concat(appends.flatMap(({ parts }) => parts)),
      over: over.signal,
    };
    const end = (how: Error | undefined): void => {
      for (const { settle } of appends) settle(how);
    };
    let refusal = '';
    exchange(this.#reach, url, request, (answer) => {
      answer.setEncoding('utf8');
      if (answer.statusCode === 200) readAnswers(answer, appends);
      else answer.on('data', (text: string) => (refusal += text));
    }).then(
      () => end(wasRefused(refusal) ? undefined : unanswered(url, new Error('its answer ended too early'))),
      (error: unknown) => end(asError(error)),
    );
  }
}

/** Takes the first of them, up to the size of one request. */
function takeSome(appends: Waiting[]): readonly Waiting[] {
  let count = 0;
  for (let bytes = 0; count < appends.length; count += 1) {
    bytes += appends[count]?.bytes ?? 0;
    if (count > 0 && bytes > requestBytesMax) break;
  }
  return appends.splice(0, count);
}

function readAnswers(answer: IncomingMessage, appends: readonly Waiting[]): void {
  let rest = '';
  answer.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const read = readTogetherAnswer(line);
      const waiting = read === undefined ? undefined : appends[read.index];
      if (waiting === undefined) return void answer.destroy(new Error('its answer cannot be read'));
      waiting.settle(read);
    }
  });
}

function unanswered(url: string, cause: Error): LogError {
  return new LogError('forward-failed', `the leader at ${url} did not answer: ${cause.message}`, {}, { cause });
}

/** Whether none of them was appended. @param text - what came instead of answers */
function wasRefused(text: string): boolean {
  const code = text === '' ? undefined : parseProblem(text)?.code;
  return code !== undefined && problems[code].outcome === 'rejected';
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
