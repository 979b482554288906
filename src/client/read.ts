/** Reads the log page by page. */

import { lastEventIdHeader } from '../api/headers.ts';
import { ndjsonMediaType } from '../api/media-types.ts';
import { messagesPath } from '../api/paths.ts';
import type { NodeCaller } from './node-caller.ts';
import { firstOffsetOf, markOf, sameLog } from './log-identity.ts';
import type { Entry } from '../api/entries.ts';
import type { ReadOptions } from './types.ts';

const pageEntriesDefault = 1000;

/** Yields pages up to the end of the log at the time when it is reached. @throws ProblemError, or the signal's reason */
export async function* readPages<Message>(
  caller: NodeCaller,
  options: ReadOptions & { readonly timeoutMs: number },
): AsyncGenerator<readonly Entry<Message>[], void, undefined> {
  const { level, limit = Number.MAX_SAFE_INTEGER, pageEntries = pageEntriesDefault, timeoutMs, silenceMs, signal } = options;
  /** `undefined`: the first entry that is kept. */
  let next = options.from;
  let last: Entry | undefined;
  let mark: string | undefined;
  for (let left = limit; left > 0; ) {
    const asked = Math.min(left, pageEntries);
    const query = new URLSearchParams({ ...(next !== undefined && { from: String(next) }), limit: String(asked) });
    if (level !== undefined) query.set('read', level);
    // How long the node may take to confirm the read.
    if (level === 'linearizable' && timeoutMs !== Infinity) query.set('timeoutMs', String(timeoutMs));
    const headers: Record<string, string> = { accept: ndjsonMediaType };
    // Pages of two histories must not be mixed: a node whose log lacks the last entry refuses.
    if (last !== undefined) headers[lastEventIdHeader] = `${last.epoch}:${last.offset}${mark === undefined ? '' : `@${mark}`}`;
    const { page, start, now } = await caller.call({
      method: 'GET',
      path: `${messagesPath}?${query.toString()}`,
      headers,
      timeoutMs,
      silenceMs,
      signal,
      read: async (answer) => {
        const begin = next ?? firstOffsetOf(answer);
        return { page: entriesIn<Message>(await answer.text(), begin), start: begin, now: markOf(answer) };
      },
    });
    mark = sameLog(mark, now);
    if (page.length > 0) yield page;
    if (page.length < asked) return;
    last = page.at(-1);
    next = start + page.length;
    left -= page.length;
  }
}

/** @throws Error if they are not the entries that were requested */
function entriesIn<Message>(text: string, start: number): Entry<Message>[] {
  const entries = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry<Message>);
  for (const [index, { offset }] of entries.entries()) {
    if (offset !== start + index) throw new Error(`expected entry ${start + index}, got entry ${offset}`);
  }
  return entries;
}
