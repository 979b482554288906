/** Planted bugs. Appends that are only for one epoch. */

import type { Mutant } from './mutant.ts';

const unchecked = {
  file: 'core/leader/batch-builder.ts',
  find: 'if (ifEpoch === epoch) return undefined;',
  replace: 'if (ifEpoch === epoch || ifEpoch !== epoch) return undefined;',
} as const;

export const fencing: readonly Mutant[] = [
  { name: 'what is only for one epoch is stored in any', edits: [unchecked] },
  {
    name: 'an epoch is compared when the append arrives, and not where its batch is made',
    edits: [
      unchecked,
      {
        file: 'core/admission.ts',
        find: '    else if (who.candidate !== undefined && room.short',
        replace: `    else if (request.ifEpoch !== undefined && who.leader !== undefined && who.leader.epoch !== request.ifEpoch)
      out.fail(requestId, 'wrong-epoch', 'another epoch leads', { epoch: who.leader.epoch });
    else if (who.candidate !== undefined && room.short`,
      },
    ],
  },
  {
    name: 'a node that forwards an append forgets which epoch it is for',
    edits: [
      {
        file: 'http/append/forwarded-append.ts',
        find: "${ifEpoch === undefined ? '' : `&ifEpoch=${ifEpoch}`}",
        replace: '',
      },
    ],
  },
  {
    name: 'a retry of what an epoch stored is refused in the next one',
    edits: [
      {
        file: 'core/leader/batch-builder.ts',
        find: '    const placing = placingOf(',
        replace: `    const early = fenceOf(append, situation);
    if (early !== undefined) {
      refusals.push(early);
      continue;
    }
    const placing = placingOf(`,
      },
    ],
  },
  {
    name: 'what is only for one epoch is confirmed by a leader that may have been deposed',
    edits: [
      {
        file: 'core/leader/batch-builder.ts',
        find: "if (typeof w === 'number' && w < majority) {",
        replace: "if (typeof w === 'number' && w < majority - memberCount) {",
      },
    ],
  },
];
