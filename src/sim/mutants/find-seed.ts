/**
 * The process in which `mutate.ts` runs one copy of the source: `find-seed.ts COUNT [elections]` tries
 * seeds from 1 until one breaks something.
 */

import { simulate } from '../simulation.ts';

/** What it tells its parent. */
export type SeedReport =
  | { readonly kind: 'loaded' }
  /** This seed is clean. */
  | { readonly kind: 'clean'; readonly seed: number }
  | { readonly kind: 'broken'; readonly seed: number; readonly violation: string };

const count = Number(process.argv[2]);
const isElecting = process.argv[3] === 'elections';
tell({ kind: 'loaded' });
for (let seed = 1; seed <= count; seed += 1) {
  const { violation } = await simulate(seed, { isElecting });
  if (violation !== undefined) {
    tell({ kind: 'broken', seed, violation });
    break;
  }
  tell({ kind: 'clean', seed });
}
process.disconnect();

function tell(news: SeedReport): void {
  process.send?.(news);
}
