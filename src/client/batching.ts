/** Decides which waiting appends share a request. */

import type { WriteConcern } from '../api/entries.ts';

/** Limits for one request: below what a node accepts by default, and large enough that a request costs little per message. */
export const batchEntriesMax = 4096;
const batchBytesMax = 4 * 1024 * 1024;

export interface Batchable {
  /** Messages as JSON texts. Several are appended as one batch: all or nothing. */
  readonly texts: readonly string[];
  /** Upper bound of their size in UTF-8, and of that of their keys. */
  readonly bytesMax: number;
  readonly w: WriteConcern | undefined;
  /** It is only for this epoch. */
  readonly ifEpoch?: number | undefined;
  readonly timeoutMs: number;
  readonly silenceMs: number | undefined;
  /** The caller's own key, which stands for all messages of the append. */
  readonly key: string | undefined;
  /** The caller's own keys, one for each message, or null for none; then there is no `key`. */
  readonly keys: readonly (string | null)[] | undefined;
}

/**
 * How many appends at the head of the queue share a request: those with the same options, as far as they fit.
 * @param takesKeys - whether a request may have a key for each message
 * @returns at least 1, unless the queue is empty
 */
export function batchLength(queue: readonly Batchable[], takesKeys: boolean): number {
  const [first] = queue;
  if (first === undefined) return 0;
  let [entries, bytes, length] = [0, 0, 0];
  let [hasKeyed, hasPlainGroup] = [false, false];
  for (const item of queue) {
    entries += item.texts.length;
    bytes += item.bytesMax;
    hasKeyed ||= isKeyed(item);
    hasPlainGroup ||= item.texts.length > 1 && item.keys === undefined;
    const isSame = item.w === first.w && item.ifEpoch === first.ifEpoch;
    const isAlike = isSame && item.timeoutMs === first.timeoutMs && item.silenceMs === first.silenceMs;
    // Messages that were given together have no keys of their own to be told apart by, or one for all.
    const isMixable = !hasKeyed || (takesKeys && !hasPlainGroup);
    if (length > 0 && (!isAlike || !isMixable || entries > batchEntriesMax || bytes > batchBytesMax)) break;
    length += 1;
  }
  return length;
}

/** Whether its caller gave it a key. */
export function isKeyed({ key, keys }: Batchable): boolean {
  return key !== undefined || keys !== undefined;
}

/** In UTF-8, a character of a JavaScript string takes at most three bytes. */
export function bytesMaxOf(texts: readonly string[]): number {
  let characters = 0;
  for (const text of texts) characters += text.length + 1;
  return 3 * characters;
}

export interface RequestSettings {
  readonly w: WriteConcern | undefined;
  /** The timeout for the node; with `Infinity` the node uses its own. */
  readonly remainingMs: number;
  /** One for each message, if the request has such keys. */
  readonly keys: Batchable['keys'];
}

export function appendBody(items: readonly Batchable[], { w, remainingMs, keys }: RequestSettings): string {
  const texts = items.length === 1 && items[0] !== undefined ? items[0].texts : items.flatMap((item) => item.texts);
  const concern = w === undefined ? '' : `"w":${JSON.stringify(w)},`;
  const time = remainingMs === Infinity ? '' : `"timeoutMs":${remainingMs},`;
  const known = keys === undefined ? '' : `"keys":${JSON.stringify(keys)},`;
  const ifEpoch = items[0]?.ifEpoch;
  const fence = ifEpoch === undefined ? '' : `"ifEpoch":${ifEpoch},`;
  return `{${concern}${time}${fence}${known}"messages":[${texts.join(',')}]}`;
}

/** Codes that concern one message, or all messages together: halves of the request may be accepted. */
const splittable: ReadonlySet<string> = new Set(['bad-request', 'body-too-large', 'key-reused', 'message-too-large', 'too-many-messages']);

interface Refusal {
  readonly code: string;
  readonly outcome: 'rejected' | 'unknown';
}

export function isSplittable({ code, outcome }: Refusal, items: readonly Batchable[]): boolean {
  // When an epoch is over, a key that is known is still answered, if nothing new comes with it.
  return outcome === 'rejected' && (splittable.has(code) || (code === 'wrong-epoch' && items.some(isKeyed)));
}

/** Whether an append with this `w` may wait longer than for a majority, with which its offset is certain. */
export function canBlockOthers(w: WriteConcern | undefined): boolean {
  return w !== 1 && w !== 'majority';
}
