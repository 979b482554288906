/**
 * Sends a write to the leader, once. What was not sent can be tried elsewhere; what was sent but not answered may have
 * happened.
 */

import type { BlockList } from 'node:net';
import { callerHeader } from '../../api/headers.ts';
import { LogError, parseProblem } from '../../api/problems.ts';
import { onConnected, onUnanswered, outerRequest } from '../../io/outer-request.ts';
import type { OuterAgent } from '../../io/outer-request.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import type { LeaderCaller, LeaderTerms } from '../../ports/leader-caller.ts';
import { callerText, isAnyone } from '../../trust/caller.ts';
import type { Caller } from '../../trust/caller.ts';
import { forwardingHeaders } from './forwarded.ts';

const answerBytesMax = 1024 * 1024;
/** How long it may take to reach a leader. */
const connectWithinMs = 2000;

/** A request to forward. */
export interface LeaderRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** @param timeoutMs - what the leader may take, whole milliseconds */
  readonly path: (timeoutMs: number) => string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** The client that asks: the leader gives it its own rights, and not those of this node. */
  readonly caller: Caller;
}

/** How much may wait for the leader at once. */
export interface ForwardLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** How a leader is reached by its URL. */
interface LeaderReach {
  /** Opens connections, and keeps them. */
  readonly agent: OuterAgent;
  /** Maps the URL of a node to the one to dial. */
  readonly addressOf?: (url: string) => string;
  /** Addresses that are not connected to for this URL. */
  readonly blockListOf?: (url: string) => BlockList | undefined;
}

export class LeaderClient implements LeaderCaller<LeaderRequest, unknown> {
  readonly #self: string;
  readonly #limits: ForwardLimits;
  #waitingCount = 0;
  #waitingBytes = 0;
  readonly #reach: LeaderReach;

  /**
   * @param self - name of this node
   */
  constructor(self: string, limits: ForwardLimits, reach: LeaderReach) {
    this.#self = self;
    this.#limits = limits;
    this.#reach = reach;
  }

  /** The requests that wait for the leader here. */
  get waiting(): { readonly count: number; readonly bytes: number } {
    return { count: this.#waitingCount, bytes: this.#waitingBytes };
  }

  /**
   * Admits a request that will wait for the leader, unless too many do already.
   * @returns to be called when it no longer waits
   * @throws LogError
   */
  admit(bytes: number): () => void {
    const isFull = this.#waitingCount > 0 && this.#waitingBytes + bytes > this.#limits.bytesMax;
    if (this.#waitingCount >= this.#limits.countMax || isFull) {
      throw new LogError('overloaded', `${this.#waitingCount} requests are waiting for the leader already`, {
        limit: isFull ? 'PENDING_BYTES_MAX' : 'PENDING_APPENDS_MAX',
        max: isFull ? this.#limits.bytesMax : this.#limits.countMax,
      });
    }
    this.#waitingCount += 1;
    this.#waitingBytes += bytes;
    return () => {
      this.#waitingCount -= 1;
      this.#waitingBytes -= bytes;
    };
  }

  /**
   * @returns the JSON of a successful answer
   * @throws NotSent, or LogError: the leader's refusal, or `forward-failed` if it never answered
   */
  async ask(url: string, call: LeaderRequest, terms: LeaderTerms): Promise<unknown> {
    const { status, text } = await this.#exchange(url, call, terms);
    if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
    const problem = parseProblem(text);
    if (problem?.code === undefined) throw new LogError('forward-failed', `the leader at ${url} answered ${status}`);
    throw new LogError(problem.code, problem.detail, problem.facts);
  }

  close(): void {
    this.#reach.agent.destroy();
  }

  #exchange(
    url: string,
    { method, path, headers, body, caller }: LeaderRequest,
    { epoch, timeoutMs, identity, over }: LeaderTerms,
  ): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      let isSent = false;
      const { addressOf = (known) => known, blockListOf } = this.#reach;
      const options = {
        method,
        agent: this.#reach.agent,
        headers: {
          ...headers,
          ...forwardingHeaders(this.#self, { epoch, identity }),
          // What is forwarded without it is from a client that showed nothing.
          ...(isAnyone(caller) ? {} : { [callerHeader]: callerText(caller) }),
          ...(body === undefined ? {} : { 'content-length': String(body.length) }),
        },
      };
      const call = outerRequest(new URL(path(timeoutMs), addressOf(url)), options, { blockList: blockListOf?.(url), knownAs: url });
      const breakOff = (): void => void call.destroy(over.reason as Error);
      let connectTimer: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(connectTimer);
        over.removeEventListener('abort', breakOff);
      };
      const fail = (error: Error): void => {
        end();
        if (isSent) reject(new LogError('forward-failed', `the leader at ${url} did not answer: ${error.message}`, {}, { cause: error }));
        else reject(new NotSent(`${url}: ${error.message}`, { cause: error }));
      };
      over.addEventListener('abort', breakOff, { once: true });
      onConnected(call, {
        connecting: () => {
          connectTimer = setTimeout(() => call.destroy(new Error(`no connection within ${connectWithinMs} ms`)), connectWithinMs);
        },
        connected: () => {
          isSent = true;
          clearTimeout(connectTimer);
        },
      });
      call.once('error', fail);
      onUnanswered(call, fail);
      call.once('response', (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax) answer.destroy(new Error('its answer is too large'));
          else chunks.push(chunk);
        });
        answer.once('error', fail);
        answer.once('end', () => {
          end();
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      call.end(body);
    });
  }
}
