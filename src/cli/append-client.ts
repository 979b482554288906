/** The client library as `rlog append` uses it: what fails is tried again, under its key, at any node that answers. */

import { LogClient } from '../client/index.ts';
import type { AppendOptions, AppendedMany, FetchAnswer, FetchInit } from '../client/index.ts';
import { NotConnected, patientFetch } from './patient-fetch.ts';

export class AppendClient implements Disposable {
  readonly #client: LogClient;
  readonly #over = new AbortController();

  /** @param tryingAgain - told why, each time that an append fails */
  constructor(urls: readonly string[], tryingAgain: (reason: string) => void) {
    const fetch = async (url: string, init: FetchInit): Promise<FetchAnswer> => {
      const at = new URL(url).origin;
      const say = (what: string): void => {
        if (init.method === 'POST' && !this.#over.signal.aborted) tryingAgain(what);
      };
      try {
        const answer = await patientFetch(url, { ...init, signal: AbortSignal.any([init.signal, this.#over.signal]) });
        if (answer.status >= 500) say(`${at} answered ${answer.status}`);
        return answer;
      } catch (error) {
        say(`no answer from ${at}: ${reasonOf(error)}`);
        throw error;
      }
    };
    this.#client = new LogClient({ urls, fetch });
  }

  append(texts: readonly string[], options: AppendOptions): Promise<AppendedMany> {
    return this.#client.appendTexts(texts, options);
  }

  /** Ends what the client still asks beside: the command would wait for it. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NotConnected && error.code === 'ECONNREFUSED') return 'connection refused';
  return error instanceof Error ? error.message : String(error);
}
