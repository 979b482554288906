/**
 * Sends a write to the leader, once. What was not sent can be tried elsewhere; what was sent but not answered may have
 * happened.
 */

import { callerHeader } from '../../api/headers.ts';
import { jsonMediaType } from '../../api/media-types.ts';
import { LogError, refusalIn } from '../../api/problems.ts';
import type { LeaderCaller, LeaderTerms } from '../../ports/leader-caller.ts';
import { callerText, isAnyone } from '../../trust/caller.ts';
import type { Caller } from '../../trust/caller.ts';
import { forwardingHeaders, identityHeaders } from './forwarded.ts';
import { GatheredForwards } from './gathered-forwards.ts';
import { exchange } from './leader-exchange.ts';
import type { LeaderReach } from './leader-exchange.ts';
import type { AnswerAmong } from './together.ts';

/** A request to forward. */
export interface LeaderRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** @param timeoutMs - what the leader may take, whole milliseconds */
  readonly path: (timeoutMs: number) => string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** The client that asks: the leader gives it its own rights, and not those of this node. */
  readonly caller: Caller;
  /** It is an append: it may go in one request with others. */
  readonly isAppend?: boolean;
}

type LeaderAnswer = Omit<AnswerAmong, 'index'>;

/** How much may wait for the leader at once. */
export interface ForwardLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

export class LeaderClient implements LeaderCaller<LeaderRequest, unknown> {
  readonly #self: string;
  readonly #limits: ForwardLimits;
  #waitingCount = 0;
  #waitingBytes = 0;
  readonly #reach: LeaderReach;
  readonly #gathered: GatheredForwards;

  /**
   * @param self - name of this node
   */
  constructor(self: string, limits: ForwardLimits, reach: LeaderReach) {
    this.#self = self;
    this.#limits = limits;
    this.#reach = reach;
    this.#gathered = new GatheredForwards(self, reach);
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
    const { status, body } = (await this.#together(url, call, terms)) ?? (await this.#alone(url, call, terms));
    if (isSuccess(status)) return body;
    const problem = refusalIn(body);
    if (problem?.code === undefined) throw new LogError('forward-failed', `the leader at ${url} answered ${status}`);
    throw new LogError(problem.code, problem.detail, problem.facts);
  }

  close(): void {
    this.#reach.agent.destroy();
  }

  /** @returns `undefined` if it has to go alone */
  async #together(url: string, call: LeaderRequest, terms: LeaderTerms): Promise<LeaderAnswer | undefined> {
    const { isAppend = false, path, headers, body, caller } = call;
    const { epoch, timeoutMs, identity, takesTogether, over } = terms;
    // A lone writer has nothing to gain from it.
    const isFit = isAppend && takesTogether && this.#waitingCount > 1 && body !== undefined && this.#gathered.takes(body);
    if (!isFit || headers['content-type'] !== jsonMediaType) return undefined;
    const own: string[] = [];
    for (const [name, value] of Object.entries({ ...headers, ...identityHeaders(identity), ...callerHeaders(caller) }))
      if (name !== 'content-type') own.push(name, value);
    return this.#gathered.ask({ url, epoch }, { target: path(timeoutMs), headers: own, body }, over);
  }

  async #alone(
    url: string,
    { method, path, headers, body, caller }: LeaderRequest,
    { epoch, timeoutMs, identity, over }: LeaderTerms,
  ): Promise<LeaderAnswer> {
    const own = { ...headers, ...forwardingHeaders(this.#self, { epoch, identity }), ...callerHeaders(caller) };
    let status = 0;
    let text = '';
    await exchange(this.#reach, url, { method, path: path(timeoutMs), headers: own, body, over }, (answer) => {
      status = answer.statusCode ?? 0;
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    });
    const said = jsonIn(text);
    // It may have been carried out, and what it says of that is lost.
    if (isSuccess(status) && text !== '' && said === undefined)
      throw new LogError('forward-failed', `the leader at ${url} answered ${status}, and the answer cannot be read`);
    return { status, body: said };
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** @returns `undefined` for what is no JSON */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is forwarded without it is from a client that showed nothing. */
function callerHeaders(caller: Caller): Record<string, string> {
  return isAnyone(caller) ? {} : { [callerHeader]: callerText(caller) };
}
