/** Planted bugs. A disk that forgets: the note of what is flushed, and how a start uses it. */

import type { Mutant } from './mutant.ts';

export const forgetting: readonly Mutant[] = [
  {
    name: 'a start ignores what was noted to be flushed',
    edits: [
      {
        file: 'storage/recovery/forgotten.ts',
        find: 'let furthest = held !== null && !holds(outline, held) ? held : undefined;',
        replace: 'let furthest = undefined as Held | undefined;',
      },
    ],
  },
  {
    name: 'the note is lowered after the cut',
    edits: [
      {
        file: 'storage/segmented-log.ts',
        find: 'await this.#states.lower(heldOf(metadata.end, metadata.lastEpoch));',
        replace: '',
      },
      {
        file: 'storage/segmented-log.ts',
        find: '    this.#tail.continueIn(metadata, { file, position });\n',
        replace:
          '    await this.#states.lower(heldOf(metadata.end, metadata.lastEpoch));\n    this.#tail.continueIn(metadata, { file, position });\n',
      },
    ],
  },
  {
    name: 'the note is raised before the flush',
    edits: [
      {
        file: 'storage/log-tail.ts',
        find: 'if (this.#file !== undefined) await this.flushFile(this.#file);\n    // If the segment',
        replace:
          'this.#parts.states.raise(held);\n    if (this.#file !== undefined) await this.flushFile(this.#file);\n    // If the segment',
      },
    ],
  },
];
