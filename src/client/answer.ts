/** What a node answered: its text and its JSON, and what it means that there is none, or that it refuses. */

import { readProblem } from '../api/problem-document.ts';
import { ProblemError, problemIn } from './problem-error.ts';
import type { ClientProblemCode } from './problem-error.ts';
import type { FetchAnswer } from './types.ts';

/** An answer that began and is of no use. Whether the request was carried out it does not say. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
  readonly code: ClientProblemCode;

  constructor(code: ClientProblemCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

export class Answer {
  readonly response: FetchAnswer;
  readonly #url: string;
  readonly #path: string;

  constructor(response: FetchAnswer, { url, path }: { readonly url: string; readonly path: string }) {
    this.response = response;
    this.#url = url;
    this.#path = path;
  }

  get headers(): FetchAnswer['headers'] {
    return this.response.headers;
  }

  /** @throws BrokenAnswer */
  async text(): Promise<string> {
    try {
      return await this.response.text();
    } catch (cause) {
      throw new BrokenAnswer('unreachable', `${this.#url} broke off in the middle`, { cause });
    }
  }

  /** @throws BrokenAnswer */
  async json(): Promise<unknown> {
    const text = await this.text();
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new BrokenAnswer('bad-answer', this.#isNotJson(), { cause });
    }
  }

  /** What a refusing answer says. @throws BrokenAnswer */
  async refusal(): Promise<ProblemError> {
    const text = await this.text();
    const { status } = this.response;
    const problem = problemIn(text, status);
    if (problem !== undefined) return problem;
    // Something between here and the node: whether it passed the request on nobody knows.
    const isTransient = status >= 500 || status === 429 || status === 408;
    return new ProblemError({
      code: 'bad-answer',
      detail: readProblem(text) === undefined ? this.#isNotJson() : `the node answered ${status}`,
      outcome: isTransient ? 'unknown' : 'rejected',
      retryable: isTransient,
      status,
    });
  }

  #isNotJson(): string {
    return `${this.#url}${this.#path} answered ${this.response.status}, and not with JSON: is it a node of the log?`;
  }
}
