/** Which of the appends that wait go together in one request. */

import type { WriteConcern } from '../api/entries.ts';

/** Of one request: below what a node takes by default, and large enough that a request costs little per message. */
export const batchEntriesMax = 4096;
const batchBytesMax = 4 * 1024 * 1024;

export interface Batchable {
  /** Messages, as JSON. More than one of them are all or nothing. */
  readonly texts: readonly string[];
  /** In UTF-8: at most. */
  readonly bytesMax: number;
  readonly w: WriteConcern | undefined;
  readonly timeoutMs: number;
  readonly silenceMs: number | undefined;
  /** Of the caller's own: a key stands for one append. */
  readonly key: string | undefined;
}

/**
 * How many of the first ones go together: those that wait for the same, while they fit.
 * @returns at least 1, unless there is none
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

/** A character of a JavaScript string is at most three bytes. */
export function bytesMaxOf(texts: readonly string[]): number {
  let characters = 0;
  for (const text of texts) characters += text.length + 1;
  return 3 * characters;
}

/** @param remainingMs - what the node is told to wait at most; `Infinity`: nothing, it waits as long as it would */
export function appendBody(items: readonly Batchable[], w: WriteConcern | undefined, remainingMs: number): string {
  const texts = items.length === 1 && items[0] !== undefined ? items[0].texts : items.flatMap((item) => item.texts);
  const concern = w === undefined ? '' : `"w":${JSON.stringify(w)},`;
  const time = remainingMs === Infinity ? '' : `"timeoutMs":${remainingMs},`;
  return `{${concern}${time}"messages":[${texts.join(',')}]}`;
}

/** Refused for what one message is, or for how much they are together: halves of it may be taken. */
const splittable: ReadonlySet<string> = new Set(['bad-request', 'body-too-large', 'message-too-large', 'too-many-messages']);

export function isSplittable(problem: { readonly code: string; readonly outcome: 'rejected' | 'unknown' }): boolean {
  return problem.outcome === 'rejected' && splittable.has(problem.code);
}

/** What a majority holds has its place for good; less than that waits no longer than for a majority anyway. */
export function canBlockOthers(w: WriteConcern | undefined): boolean {
  return w !== 1 && w !== 'majority';
}
