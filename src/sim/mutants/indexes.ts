/** Planted bugs. Indexes: what a start and a reader take from them. */

import type { Mutant } from './mutant.ts';

export const indexes: readonly Mutant[] = [
  {
    name: 'keys are not loaded from an index',
    edits: [
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restore(behindBase(head, base), headKeys && keysBehind(headKeys, base));',
        replace: 'outline.restore(behindBase(head, base), undefined);',
      },
    ],
  },
  {
    name: 'the member lists of a segment that a start does not read are forgotten',
    edits: [
      {
        file: 'storage/format/segment-index.ts',
        find: 'lists.push({ number: batchNumber(number(at)), list: decodeMemberList(head.subarray(at + listHeaderBytes, end)) });',
        replace: '',
      },
    ],
  },
  {
    name: 'the keys of an index are believed whatever their checksum',
    edits: [
      {
        file: 'storage/segments/index-files.ts',
        find: 'bytesRead === keys.bytes && crc32(target) === keys.checksum',
        replace: 'bytesRead === keys.bytes',
      },
    ],
  },
  {
    name: 'a reader believes the places in any index that is there',
    edits: [
      {
        file: 'storage/segments/closed-segments.ts',
        find: 'return head?.checksum === indexChecksum ?',
        replace: 'return head !== undefined ?',
      },
    ],
  },
  {
    name: 'what is appended while somebody reads is missed as damage',
    edits: [
      {
        file: 'storage/log-reads.ts',
        find: 'const readable = { name, size: segment.size };',
        replace: 'const readable = segment;',
      },
    ],
  },
  {
    name: 'what a start took from an index is never read',
    edits: [
      {
        file: 'storage/segments/scrubber.ts',
        find: 'const [segment] = this.#waiting;',
        replace: 'const segment = this.#waiting.find((waiting) => !isKnown(waiting));',
      },
    ],
  },
  {
    name: 'a cut leaves the index of a segment',
    edits: [
      {
        file: 'storage/segmented-log.ts',
        find: 'await this.#indexes.remove(closed.map(({ name }) => name));',
        replace: '',
      },
      // Otherwise the segment's size would show that the index is wrong, or the right index would replace it.
      {
        file: 'storage/recovery/read-log.ts',
        find: 'if (head.size === size) heads.set(name, head);',
        replace: 'if (size > 0) heads.set(name, head);',
      },
      {
        file: 'storage/segments/index-files.ts',
        find: '    await this.#disk.remove(name);\n    if ((',
        replace: '    if ((await this.#disk.readFile(name)) !== undefined) return;\n    if ((',
      },
    ],
  },
];
