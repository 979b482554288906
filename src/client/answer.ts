/** A node's answer: its text, its JSON, or the failure that a refusal or a missing answer stands for. */

import { readProblem } from '../api/problem-document.ts';
import { ProblemError, problemIn } from './problem-error.ts';
import type { ClientProblemCode } from './problem-error.ts';
import type { FetchAnswer } from './types.ts';

/** An answer that began but cannot be used. It does not tell whether the request was carried out. */
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
      throw new BrokenAnswer('unreachable', `the answer of ${this.#url} broke off`, { cause });
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

  /** Reads a refusal. @throws BrokenAnswer */
  async refusal(): Promise<ProblemError> {
    const text = await this.text();
    const { status } = this.response;
    const problem = problemIn(text, status);
    if (problem !== undefined) return problem;
    // A proxy in front of the node: whether it forwarded the request is not known.
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
