/** An event stream over `fetch`, which can show a token: `EventSource` sends no headers. It does not come again by itself. */

import { EventParser } from '../../api/event-stream-parser.ts';
import type { ServerEvent } from '../../api/event-stream-parser.ts';
import { eventsMediaType } from '../../api/media-types.ts';

export interface EventHandlers {
  readonly opened: () => void;
  readonly event: (event: ServerEvent) => void;
  /** Called once, unless it is closed before. @param refusal - the answer, if it was no stream */
  readonly ended: (refusal: Response | undefined) => void;
}

export class FetchedEvents {
  readonly #closed = new AbortController();
  #isOpen = false;

  /** @param ask - `fetch`, of the path that the stream is at */
  constructor(ask: (init: RequestInit) => Promise<Response>, handlers: EventHandlers) {
    void this.#read(ask, handlers);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  close(): void {
    this.#isOpen = false;
    this.#closed.abort();
  }

  /** Never rejects. */
  async #read(ask: (init: RequestInit) => Promise<Response>, { opened, event, ended }: EventHandlers): Promise<void> {
    const { signal } = this.#closed;
    let refusal: Response | undefined;
    try {
      const response = await ask({ headers: { accept: eventsMediaType }, signal });
      if (response.ok && response.body !== null && response.headers.get('content-type')?.startsWith(eventsMediaType) === true) {
        this.#isOpen = true;
        opened();
        const parser = new EventParser();
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { done, value } = await reader.read();
          if (done || signal.aborted) break;
          for (const each of parser.push(value)) event(each);
        }
      } else refusal = response;
    } catch {
      // It broke off, or could not be reached: that is all there is to know.
    }
    this.#isOpen = false;
    if (!signal.aborted) ended(refusal);
  }
}
