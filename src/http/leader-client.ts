/**
 * Passes a write on to the leader: once. What was not sent can be tried elsewhere; what was sent and not answered may
 * have happened.
 */

import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { LogError, parseProblem } from '../problems.ts';
import { forwardedHeader } from '../protocol/http-names.ts';

const answerBytesMax = 1024 * 1024;

export interface ForwardedRequest {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
}

/** What may wait for the leader at once. */
export interface ForwardLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** Nobody got the request. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

export class LeaderClient {
  readonly #self: string;
  readonly #limits: ForwardLimits;
  #waitingCount = 0;
  #waitingBytes = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1024, timeout: 30_000 });

  constructor(self: string, limits: ForwardLimits) {
    this.#self = self;
    this.#limits = limits;
  }

  /** What waits for the leader here. */
  get waiting(): { readonly count: number; readonly bytes: number } {
    return { count: this.#waitingCount, bytes: this.#waitingBytes };
  }

  /**
   * Lets a request wait for the leader here, if not too many do already.
   * @returns to be called when it waits no more
   * @throws LogError
   */
  admit(bytes: number): () => void {
    const isFull = this.#waitingCount > 0 && this.#waitingBytes + bytes > this.#limits.bytesMax;
    if (this.#waitingCount >= this.#limits.countMax || isFull) {
      throw new LogError('overloaded', `${this.#waitingCount} requests wait for the leader already`);
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
   * @throws NotSent, or LogError: what the leader refused, or `forward-failed` if it never answered
   */
  async send(url: string, forwarded: ForwardedRequest): Promise<unknown> {
    const { status, text } = await this.#exchange(url, forwarded);
    if (status >= 200 && status < 300) return text === '' ? undefined : JSON.parse(text);
    const problem = parseProblem(text);
    if (problem?.code === undefined) throw new LogError('forward-failed', `the leader at ${url} answered ${status}`);
    throw new LogError(problem.code, problem.detail, problem.facts);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(url: string, forwarded: ForwardedRequest): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const { method, path, headers, body, timeoutMs } = forwarded;
      let isSent = false;
      const call = request(new URL(path, url), {
        method,
        agent: this.#agent,
        headers: { ...headers, [forwardedHeader]: this.#self, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
      });
      const fail = (error: Error): void => {
        clearTimeout(timer);
        if (isSent) reject(new LogError('forward-failed', `the leader at ${url} did not answer: ${error.message}`, {}, { cause: error }));
        else reject(new NotSent(`${url}: ${error.message}`, { cause: error }));
      };
      const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      call.once('socket', (socket: Socket) => {
        if (socket.connecting) socket.once('connect', () => (isSent = true));
        else isSent = true;
      });
      call.once('error', fail);
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
          clearTimeout(timer);
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      call.end(body);
    });
  }
}
