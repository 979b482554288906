/** Decides which waiting appends share a request. */

import type { WriteConcern } from '../api/entries.ts';

/** Limits for one request: below what a node accepts by default, and large enough that a request costs little per message. */
export const batchEntriesMax = 4096;
const batchBytesMax = 4 * 1024 * 1024;

export interface Batchable {
  /** Messages as JSON texts. Several are appended as one batch: all or nothing. */
  readonly texts: readonly string[];
  /** Upper bound of their size in UTF-8. */
  readonly bytesMax: number;
  readonly w: WriteConcern | undefined;
  readonly timeoutMs: number;
  readonly silenceMs: number | undefined;
  /** The caller's own key, which stands for one append. */
  readonly key: string | undefined;
}

/**
 * How many appends at the head of the queue share a request: those with the same options, as far as they fit.
 * @returns at least 1, unless the queue is empty
 */
export function batchLength(queue: readonly Batchable[]): number {
  const [first] = queue;
  if (first === undefined) return 0;
  let [entries, bytes, length] = [0, 0, 0];
  for (const item of queue) {
    entries += item.texts.length;
    bytes += item.bytesMax;
    const isKeyless = item.key === undefined && first.key === undefined;
    const isAlike = isKeyless && item.w === first.w && item.timeoutMs === first.timeoutMs && item.silenceMs === first.silenceMs;
    if (length > 0 && (!isAlike || entries > batchEntriesMax || bytes > batchBytesMax)) break;
    length += 1;
  }
  return length;
}

/** In UTF-8, a character of a JavaScript string takes at most three bytes. */
export function bytesMaxOf(texts: readonly string[]): number {
  let characters = 0;
  for (const text of texts) characters += text.length + 1;
  return 3 * characters;
}

/** @param remainingMs - the timeout for the node; with `Infinity` the node uses its own */
export function appendBody(items: readonly Batchable[], w: WriteConcern | undefined, remainingMs: number): string {
  const texts = items.length === 1 && items[0] !== undefined ? items[0].texts : items.flatMap((item) => item.texts);
  const concern = w === undefined ? '' : `"w":${JSON.stringify(w)},`;
  const time = remainingMs === Infinity ? '' : `"timeoutMs":${remainingMs},`;
  return `{${concern}${time}"messages":[${texts.join(',')}]}`;
}

/** Codes that concern one message, or all messages together: halves of the request may be accepted. */
const splittable: ReadonlySet<string> = new Set(['bad-request', 'body-too-large', 'message-too-large', 'too-many-messages']);

export function isSplittable(problem: { readonly code: string; readonly outcome: 'rejected' | 'unknown' }): boolean {
  return problem.outcome === 'rejected' && splittable.has(problem.code);
}

/** Whether an append with this `w` may wait longer than for a majority, with which its offset is certain. */
export function canBlockOthers(w: WriteConcern | undefined): boolean {
  return w !== 1 && w !== 'majority';
}
