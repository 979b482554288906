/** Planted bugs. What becomes of an append whose messages have keys of their own. */

import type { Mutant } from './mutant.ts';

export const keyed: readonly Mutant[] = [
  {
    name: 'the same key twice in one append is stored twice',
    edits: [
      {
        file: 'core/leader/spread-append.ts',
        find: 'const here = key === undefined ? undefined : placedHere.get(nameOf(key));',
        replace: 'const here = undefined as PlacedKey | undefined;',
      },
    ],
  },
  {
    name: 'an append that is in the log in part waits for the oldest of its messages',
    edits: [
      {
        file: 'core/leader/spread-append.ts',
        find: 'place.offset > newest.offset) newest = place;',
        replace: 'place.offset < newest.offset) newest = place;',
      },
    ],
  },
  {
    name: 'a key that was used for another message refuses that message only',
    edits: [
      {
        file: 'core/leader/spread-append.ts',
        find: 'if (known?.isSameMessage === false) return { index, taken: known.place.offset };',
        replace: 'if (known?.isSameMessage === false && picks.length === 0) return { index, taken: known.place.offset };',
      },
    ],
  },
];
