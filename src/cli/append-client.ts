/** The client library as `rlog append` uses it: a failed append is sent again, under its key, to any node that answers. */

import { LogClient } from '../client/index.ts';
import type { AppendOptions, AppendedMany } from '../client/index.ts';
import { tokenFor } from './log-client.ts';
import { patientFetch } from './patient-fetch.ts';

export class AppendClient implements Disposable {
  readonly #client: LogClient;
  readonly #over = new AbortController();
  readonly #tryingAgain: (reason: string) => void;

  /** @param tryingAgain - called with the reason each time an append is going to be sent again */
  constructor(urls: readonly string[], tryingAgain: (reason: string) => void) {
    this.#tryingAgain = tryingAgain;
    this.#client = new LogClient({
      urls,
      token: tokenFor(urls),
      fetch: (url, init) => patientFetch(url, { ...init, signal: AbortSignal.any([init.signal, this.#over.signal]) }),
    });
  }

  append(texts: readonly string[], options: AppendOptions): Promise<AppendedMany> {
    return this.#client.appendTexts(texts, { ...options, onRetry: ({ detail }) => this.#tryingAgain(detail) });
  }

  /** Ends the client's other requests (it looks for more nodes), which would keep the process alive. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
