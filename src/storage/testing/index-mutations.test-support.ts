/** Changes to the indexes of a folder: they are damaged, torn, lost or swapped, or indexes of other segments are left. */

import fc from 'fast-check';
import type { Folder } from './disk-state.test-support.ts';
import { isIndexName } from '../format/segment-names.ts';

export interface IndexMutation {
  readonly kind: 'flip' | 'zero' | 'truncate' | 'append' | 'delete' | 'swap' | 'copy' | 'stray';
  /** The numbers are taken modulo what there is to choose from. */
  readonly file: number;
  readonly other: number;
  readonly at: number;
  readonly length: number;
}

export const anyIndexMutation: fc.Arbitrary<IndexMutation> = fc.record({
  kind: fc.constantFrom('flip', 'zero', 'truncate', 'append', 'delete', 'swap', 'copy', 'stray'),
  file: fc.nat(1000),
  other: fc.nat(1000),
  at: fc.nat(10_000),
  length: fc.integer({ min: 1, max: 100 }),
});

export function indexMutated(folder: Folder, { kind, file, other, at, length }: IndexMutation): Folder {
  const names = [...folder.keys()].filter(isIndexName);
  const name = names[file % names.length] ?? '';
  const second = names[other % names.length] ?? '';
  const content = folder.get(name) ?? Buffer.alloc(0);
  const place = at % (content.length + 1);
  const changed = Buffer.from(content);
  if (names.length === 0) return folder;
  switch (kind) {
    case 'flip':
      if (place < changed.length) changed[place] = (changed[place] ?? 0) ^ (1 << (length % 8));
      return new Map([...folder, [name, changed]]);
    case 'zero':
      return new Map([...folder, [name, changed.fill(0, place, Math.min(place + length, changed.length))]]);
    case 'truncate':
      return new Map([...folder, [name, content.subarray(0, place)]]);
    case 'append':
      return new Map([...folder, [name, Buffer.concat([content, Buffer.alloc(length)])]]);
    case 'delete':
      return new Map([...folder].filter(([each]) => each !== name));
    case 'swap':
      return new Map([...folder, [name, folder.get(second) ?? content], [second, content]]);
    case 'copy':
      return new Map([...folder, [second, content]]);
    case 'stray':
      return new Map([...folder, [`${String(at).padStart(20, '0')}.index`, content]]);
  }
}
