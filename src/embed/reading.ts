/** Reads and follows the log of a node in this process, page by page: the node is asked for the next one while one is read. */

import type { Entry } from '../api/entries.ts';
import { ProblemError } from '../client/problem-error.ts';
import type { LogFollowOptions, LogReadOptions } from '../client/log.ts';
import type { AskedPage, Page } from './inside/messages.ts';

const pageEntriesDefault = 1000;

/** Asks the node for a page. @throws ProblemError; the signal's reason */
export type AskPage = (asked: AskedPage, signal: AbortSignal | undefined) => Promise<Page>;

/** Yields pages up to the end of the log at the time when it is reached. */
export async function* readPages<Message>(
  ask: AskPage,
  options: LogReadOptions,
): AsyncGenerator<readonly Entry<Message>[], void, undefined> {
  const { level = 'default', pageEntries = pageEntriesDefault, timeoutMs, signal } = options;
  const reader = new Reader(ask, { level, timeoutMs, waits: false, signal });
  let from = options.from;
  for (let left = options.limit ?? Number.MAX_SAFE_INTEGER; left > 0; ) {
    const page = await reader.next(from, Math.min(left, pageEntries));
    const entries = entriesIn<Message>(page);
    left -= entries.length;
    from = page.next;
    if (entries.length > 0) yield entries;
    if (page.isEnd) return;
  }
}

/** Yields entries as they come, until the reader stops or the signal aborts. */
export async function* followEntries<Message>(ask: AskPage, options: LogFollowOptions): AsyncGenerator<Entry<Message>, void, undefined> {
  const { level = 'committed', signal, onTrimmed, onSkip } = options;
  // Stops what was asked in advance when the reader stops.
  const over = new AbortController();
  const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const reader = new Reader(ask, { level, timeoutMs: undefined, waits: true, signal: both });
  let { from } = options;
  try {
    for (let coming = reader.next(from); ; ) {
      let page: Page;
      try {
        page = await coming;
      } catch (error) {
        const firstOffset = onTrimmed === 'skip' ? trimmedTo(error, from) : undefined;
        if (firstOffset === undefined || from === undefined) throw error;
        onSkip?.({ start: from, firstOffset, count: firstOffset - from });
        from = firstOffset;
        reader.forget();
        coming = reader.next(from);
        continue;
      }
      const entries = entriesIn<Message>(page);
      from = page.next;
      coming = reader.next(from);
      // It is awaited only once these are read.
      coming.catch(() => undefined);
      for (const entry of entries) {
        signal?.throwIfAborted();
        yield entry;
      }
    }
  } finally {
    over.abort();
  }
}

/** Asks for one page after the other, each with the entry before it, so that no two histories are mixed. */
class Reader {
  readonly #ask: AskPage;
  readonly #how: Pick<AskedPage, 'level' | 'timeoutMs' | 'waits'> & { readonly signal: AbortSignal | undefined };
  #seen: AskedPage['seen'];

  constructor(ask: AskPage, how: Pick<AskedPage, 'level' | 'timeoutMs' | 'waits'> & { readonly signal: AbortSignal | undefined }) {
    this.#ask = ask;
    this.#how = how;
  }

  async next(from: number | undefined, limit = Number.MAX_SAFE_INTEGER): Promise<Page> {
    const { signal, ...how } = this.#how;
    const page = await this.#ask({ ...how, from, limit, seen: this.#seen }, signal);
    this.#seen = page.last ?? this.#seen;
    return page;
  }

  /** What was read last is gone, as far as this reader is concerned. */
  forget(): void {
    this.#seen = undefined;
  }
}

/** @returns where the log begins now, if what is next was trimmed */
function trimmedTo(error: unknown, next: number | undefined): number | undefined {
  if (!(error instanceof ProblemError) || error.code !== 'trimmed' || next === undefined) return undefined;
  const { firstOffset } = error.facts;
  return typeof firstOffset === 'number' && firstOffset > next ? firstOffset : undefined;
}

function entriesIn<Message>({ bytes }: Page): Entry<Message>[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return JSON.parse(`[${text}]`) as Entry<Message>[];
}
