/** The token that a client shows, as it is given: a text, or a function that is asked before each request. */

import { ProblemError } from './problem-error.ts';

/** A token; or a function that returns the one to use now, called before each request. */
export type GivenToken = string | (() => string | Promise<string>);

export class ClientToken {
  readonly #given: GivenToken | undefined;

  /** @throws TypeError if it is a text that cannot be sent */
  constructor(given: GivenToken | undefined) {
    if (typeof given === 'string') needToken(given);
    this.#given = given;
  }

  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  /** Another one may be had by asking again. */
  get mayChange(): boolean {
    return typeof this.#given === 'function';
  }

  /** @returns the value of the header `Authorization`. @throws ProblemError: nothing was sent */
  async authorization(): Promise<string | undefined> {
    if (this.#given === undefined) return undefined;
    if (typeof this.#given === 'string') return `Bearer ${this.#given}`;
    try {
      return `Bearer ${needToken(await this.#given())}`;
    } catch (cause) {
      const detail = `no token: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new ProblemError({ code: 'not-sent', detail, outcome: 'rejected', retryable: true }, { cause });
    }
  }
}

/** @throws TypeError, which does not repeat it */
function needToken(token: unknown): string {
  if (typeof token === 'string' && /^[!-~]+$/.test(token)) return token;
  throw new TypeError('"token" must be printable ASCII without spaces');
}
