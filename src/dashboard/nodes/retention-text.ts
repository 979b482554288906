/** What a cluster keeps, in words. */

import { bytes, count } from '../data/numbers.ts';
import type { Retention } from '../../api/retention.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

export function retentionText({ maxAgeMs, maxBytes, maxEntries }: Retention): string {
  const limits = [
    ...(maxAgeMs === null ? [] : [ageText(maxAgeMs)]),
    ...(maxBytes === null ? [] : [bytes(maxBytes)]),
    ...(maxEntries === null ? [] : [`${count(maxEntries)} entries`]),
  ];
  return limits.length === 0 ? 'everything' : `at most ${limits.join(', ')}`;
}

/** In the largest unit of which it is a whole number. */
function ageText(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${count(ms / size)} ${unit}`;
}
