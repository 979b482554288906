/** The appends of one turn, in the order of their calls, and how they are laid out for the node: as in a batch. */

import type { WriteConcern } from '../api/entries.ts';
import type { AskedGroup } from './inside/messages.ts';

/** Limits for appends that go as one: so many have one place, and are stored or not stored together. */
const groupMessagesMax = 4096;
const groupBytesMax = 4 * 1024 * 1024;
/** The length before each message, as protocol/packed-messages.ts has it. */
const lengthBytes = 4;

export interface AskedAppend {
  /** As JSON; several are stored all or none. */
  readonly texts: readonly string[];
  readonly w: WriteConcern | undefined;
  /** It is only for this epoch. */
  readonly ifEpoch?: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly key: string | undefined;
  /** Of its messages, one or null each; then there is no `key`. */
  readonly keys: readonly (string | null)[] | undefined;
  readonly traceparent: string | undefined;
}

/** Appends that go as one. */
export interface Gathered<Append extends AskedAppend> {
  readonly appends: readonly Append[];
  readonly group: AskedGroup;
}

/**
 * @param nextId - the id of the first group; the others follow
 * @returns the groups, and the bytes of all their messages, in memory of their own so that they can be handed over
 */
export function gather<Append extends AskedAppend>(
  waiting: readonly Append[],
  nextId: number,
): { readonly groups: readonly Gathered<Append>[]; readonly bytes: Uint8Array } {
  const lengths = waiting.map(({ texts }) => texts.map((text) => Buffer.byteLength(text)));
  const sizes = lengths.map((each) => each.reduce((sum, length) => sum + lengthBytes + length, 0));
  const bytes = Buffer.allocUnsafeSlow(sizes.reduce((sum, size) => sum + size, 0));
  const groups: Gathered<Append>[] = [];
  let written = 0;
  for (let start = 0; start < waiting.length; ) {
    const end = groupEnd(waiting, sizes, start);
    const appends = waiting.slice(start, end);
    const begun = written;
    for (const [index, { texts }] of appends.entries()) written = write(bytes, written, texts, lengths[start + index] ?? []);
    groups.push({ appends, group: groupOf(appends, nextId + groups.length, written - begun) });
    start = end;
  }
  return { groups, bytes };
}

function groupEnd(waiting: readonly AskedAppend[], sizes: readonly number[], start: number): number {
  const first = waiting[start];
  let [messages, bytes, end] = [0, 0, start];
  for (; end < waiting.length; end += 1) {
    const append = waiting[end];
    if (first === undefined || append === undefined) break;
    messages += append.texts.length;
    bytes += sizes[end] ?? 0;
    if (end > start && (!isLike(first, append) || messages > groupMessagesMax || bytes > groupBytesMax)) break;
  }
  return end;
}

/** Those with a key of their own may share a request as well. One with keys for its messages, or in a trace, goes alone. */
function isLike(first: AskedAppend, append: AskedAppend): boolean {
  const kind = kindOf(first);
  return (
    kind !== 'alone' &&
    kind === kindOf(append) &&
    append.w === first.w &&
    append.ifEpoch === first.ifEpoch &&
    append.timeoutMs === first.timeoutMs
  );
}

function kindOf({ texts, key, keys, traceparent }: AskedAppend): 'plain' | 'keyed' | 'alone' {
  if (keys !== undefined || traceparent !== undefined) return 'alone';
  if (key === undefined) return 'plain';
  return texts.length === 1 ? 'keyed' : 'alone';
}

function groupOf(appends: readonly AskedAppend[], id: number, byteCount: number): AskedGroup {
  const counts = appends.map(({ texts }) => texts.length);
  const { w, ifEpoch, timeoutMs, key, keys, traceparent } = appends[0] ?? {};
  const common = { id, byteCount, counts, w, ifEpoch, timeoutMs, traceparent };
  // One key for each message, instead of one for all.
  if (key !== undefined && appends.length > 1) return { ...common, key: undefined, keys: appends.map((append) => append.key ?? null) };
  return { ...common, key, keys };
}

/** @returns the position after them */
function write(bytes: Buffer, at: number, texts: readonly string[], lengths: readonly number[]): number {
  let position = at;
  for (const [index, text] of texts.entries()) {
    position = bytes.writeUInt32LE(lengths[index] ?? 0, position);
    position += bytes.write(text, position);
  }
  return position;
}
