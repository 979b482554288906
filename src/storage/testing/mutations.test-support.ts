/** Changes to a folder that no storage can prevent: bits flip, and files are truncated, swapped and lost. */

import fc from 'fast-check';
import type { Folder } from './disk-state.test-support.ts';
import { stateFileName } from '../format/state-format.ts';
import { isSegmentName } from '../format/segment-names.ts';
import { readRecord } from '../segments/segment-scan.ts';
import { markBytes } from '../format/flush-mark.ts';

const kinds = [
  'flip',
  'overwrite',
  'zero',
  'truncate',
  'insert',
  'remove',
  'duplicate',
  'move',
  'swap',
  'delete',
  'garbage',
  'field',
] as const;

/** The numbers are taken modulo what there is to choose from. */
export interface Mutation {
  readonly kind: (typeof kinds)[number];
  readonly file: number;
  readonly other: number;
  /** In the last segment, where there is most to distinguish. */
  readonly isAtEnd: boolean;
  readonly at: number;
  readonly target: number;
  /** Where a record begins, or anywhere. */
  readonly isAtRecord: boolean;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

export const anyMutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...kinds),
  file: fc.nat(1000),
  other: fc.nat(1000),
  isAtEnd: fc.boolean(),
  at: fc.nat(10_000),
  target: fc.nat(10_000),
  isAtRecord: fc.boolean(),
  length: fc.integer({ min: 1, max: 200 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  text: fc.oneof(fc.json(), fc.string(), fc.constantFrom('', 'null', '[]', '{}', '{"format":2}', '{"format":1}', '{"format":"1"}')),
});

export function mutated(folder: Folder, mutation: Mutation): Folder {
  const names = [...folder.keys()].filter((name) => isSegmentName(name) || name === stateFileName);
  const segments = names.filter(isSegmentName);
  const name = mutation.isAtEnd ? segments.at(-1) : names[mutation.file % names.length];
  const from = mutation.isAtEnd ? segments.at(-1) : segments[mutation.file % segments.length];
  const to = segments[mutation.other % segments.length];
  if (name === undefined || from === undefined || to === undefined) return folder;
  const content = contentOf(folder, name);
  const at = mutation.isAtRecord ? pick(recordsOf(content), mutation.at).start : mutation.at % (content.length + 1);
  const withContent = (changed: Buffer): Folder => new Map([...folder, [name, changed]]);
  switch (mutation.kind) {
    case 'flip':
      return withContent(over(content, at, Buffer.of((content[at] ?? 0) ^ (1 << (mutation.length % 8)))));
    case 'overwrite':
      return withContent(over(content, at, mutation.bytes));
    case 'zero':
      return withContent(over(content, at, Buffer.alloc(mutation.length)));
    case 'truncate':
      return withContent(content.subarray(0, at));
    case 'insert':
      return withContent(spliced(content, at, mutation.bytes));
    case 'remove':
      return withContent(Buffer.concat([content.subarray(0, at), content.subarray(at + mutation.length)]));
    case 'duplicate':
    case 'move': {
      const source = contentOf(folder, from);
      const { start, end } = pick(recordsOf(source), mutation.at);
      const record = source.subarray(start, end);
      const rest = mutation.kind === 'duplicate' ? source : Buffer.concat([source.subarray(0, start), source.subarray(end)]);
      const without: Folder = new Map([...folder, [from, rest]]);
      const place = contentOf(without, to);
      return new Map([...without, [to, spliced(place, pick(recordsOf(place), mutation.target).end, record)]]);
    }
    case 'swap':
      return new Map([...folder, [from, contentOf(folder, to)], [to, contentOf(folder, from)]]);
    case 'delete':
      return new Map([...folder].filter(([other]) => other !== name));
    case 'garbage':
      return new Map([...folder, [stateFileName, mutation.isAtRecord ? Buffer.from(mutation.text) : Buffer.from(mutation.bytes)]]);
    case 'field':
      return new Map([...folder, [stateFileName, withOtherField(contentOf(folder, stateFileName), mutation)]]);
  }
}

/** Where the records of a segment begin and end, as far as they can be read. */
function recordsOf(content: Buffer): { readonly start: number; readonly end: number }[] {
  const found = [{ start: 0, end: 0 }];
  for (let at = 0; ; ) {
    const record = readRecord(content, at);
    if (record.kind !== 'batch' && record.kind !== 'mark') return found;
    const end = at + (record.kind === 'mark' ? markBytes : record.batch.bytes.length);
    found.push({ start: at, end });
    at = end;
  }
}

function withOtherField(content: Buffer, mutation: Mutation): Buffer {
  try {
    const fields = JSON.parse(content.toString()) as Record<string, unknown>;
    const field = Object.keys(fields)[mutation.at % Object.keys(fields).length] ?? 'format';
    return Buffer.from(JSON.stringify({ ...fields, [field]: JSON.parse(mutation.text) as unknown }));
  } catch {
    return Buffer.from(mutation.text);
  }
}

function contentOf(folder: Folder, name: string): Buffer {
  return folder.get(name) ?? Buffer.alloc(0);
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

function over(content: Buffer, at: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([content.subarray(0, at), bytes, content.subarray(at + bytes.length)]);
}

function spliced(content: Buffer, at: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([content.subarray(0, at), bytes, content.subarray(at)]);
}
