/**
 * The folders that a crash could leave: what was flushed and synced is in all of them, together with any part of the rest.
 *
 * Of the changes to a file, the first ones are complete and the next one is cut short at any byte; or all are there except a
 * piece of one, which then reads as what was there before, or as zeros; or all except a truncation. Of the changes to names,
 * any subset is kept. Files vary one at a time, while the others keep everything or nothing.
 */

import { changed, renamed } from './disk-state.test-support.ts';
import type { ContentChange, DiskState, FileId, FileState, Folder, Names } from './disk-state.test-support.ts';

export interface CrashImage {
  readonly folder: Folder;
  /** A description, for people who must find out what went wrong. */
  readonly how: string;
}

/** How many of the possible images: at every byte of a write, where something begins or ends, or only the two extremes. */
export type Detail = 'every byte' | 'boundaries' | 'extremes';

/** Writes up to this size are cut at every byte even if only boundaries are asked for. */
const smallBytes = 16;
/** Writes from this size on (the reserve, full of zeros) are cut once: no prefix is more interesting than another. */
const bulkBytes = 8192;
const nameSubsetsMax = 5;

export function* crashImages(state: DiskState, detail: Detail): Generator<CrashImage> {
  yield imageOf(state, { names: state.durableNames, how: 'nothing kept', content: (file) => file.durable });
  yield imageOf(state, { names: state.names, how: 'everything kept', content: keptWhole });
  if (detail === 'extremes') return;
  for (const { names, how } of nameVariants(state)) {
    yield imageOf(state, { names, how: `${how}, no content`, content: (file) => file.durable });
    yield imageOf(state, { names, how: `${how}, all content`, content: keptWhole });
  }
  for (const [id, file] of state.files.entries()) {
    for (const { content, how } of contentVariants(file, detail)) {
      const words = `${nameOf(state, id)} ${how}`;
      yield imageOf(state, { names: state.names, how: words, content: (other) => (other === file ? content : other.durable) });
      yield imageOf(state, {
        names: state.names,
        how: `${words}, others whole`,
        content: (other) => (other === file ? content : keptWhole(other)),
      });
    }
  }
}

function imageOf(
  state: DiskState,
  parts: { readonly names: Names; readonly how: string; readonly content: (file: FileState) => Buffer },
): CrashImage {
  return { how: parts.how, folder: new Map([...parts.names].map(([name, id]) => [name, parts.content(state.file(id))])) };
}

/** Not what is seen: after a failed flush, that is more than any crash leaves. */
function keptWhole(file: FileState): Buffer {
  return file.pending.changes.reduce(changed, file.durable);
}

function nameOf(state: DiskState, id: FileId): string {
  return [...state.names].find(([, file]) => file === id)?.[0] ?? `removed file ${id}`;
}

function* nameVariants(state: DiskState): Generator<{ readonly names: Names; readonly how: string }> {
  const changes = state.pendingNames.changes.slice(-nameSubsetsMax);
  const certain = state.pendingNames.changes.slice(0, -nameSubsetsMax).reduce(renamed, state.durableNames);
  for (let subset = 0; subset < 2 ** changes.length; subset += 1) {
    const kept = changes.filter((_change, bit) => Math.floor(subset / 2 ** bit) % 2 === 1);
    yield { names: kept.reduce(renamed, certain), how: `names ${subset.toString(2)}` };
  }
}

function* contentVariants(file: FileState, detail: Detail): Generator<{ readonly content: Buffer; readonly how: string }> {
  const { changes } = file.pending;
  const whole = keptWhole(file);
  for (const [index, change] of changes.entries()) {
    const before = changes.slice(0, index).reduce(changed, file.durable);
    yield { content: before, how: `${index} of ${changes.length} changes` };
    if (change.kind === 'truncate') {
      yield { content: changes.toSpliced(index, 1).reduce(changed, file.durable), how: `all but the truncation ${index}` };
      continue;
    }
    const isNewest = index === changes.length - 1;
    // Cuts of an older change were tried when it was the newest.
    for (const cut of isNewest || detail === 'every byte' ? cutsOf(change.bytes.length, detail) : [0, 4, change.bytes.length >>> 1]) {
      const prefix = { ...change, bytes: change.bytes.subarray(0, cut) };
      yield { content: changed(before, prefix), how: `${index} changes and ${cut} bytes` };
      // The file has its full length, but the end of the write is missing.
      yield { content: lost(file, whole, change, cut, change.bytes.length), how: `without bytes from ${cut} of change ${index}` };
      yield { content: lost(file, whole, change, 0, cut), how: `without the first ${cut} bytes of change ${index}` };
      if (isNewest && cut > 0)
        yield { content: lost(file, whole, change, cut - 1, cut), how: `without byte ${cut - 1} of change ${index}` };
    }
  }
}

/** Everything except `[start, end)` of one write, where there is what was durable, or zeros. */
function lost(file: FileState, whole: Buffer, change: Extract<ContentChange, { kind: 'write' }>, start: number, end: number): Buffer {
  const content = Buffer.from(whole);
  const from = Math.min(change.position + start, content.length);
  const to = Math.min(change.position + end, content.length);
  content.fill(0, from, to);
  content.set(file.durable.subarray(from, to), from);
  return content;
}

function cutsOf(length: number, detail: Detail): number[] {
  const all = Array.from({ length }, (_unused, at) => at);
  if (length >= bulkBytes) return [length >>> 1];
  if (detail === 'every byte' || length <= smallBytes) return all;
  // Where the fields of a mark and of a batch's header begin, and around the middle and the end of the write.
  const interesting = new Set([0, 3, 4, 16, 20, 79, 80, length >>> 1, length - 1]);
  return all.filter((at) => interesting.has(at));
}
