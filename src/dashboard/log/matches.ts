/** What both searches found: the one in what is loaded, and the one of the whole log as far as it has come. */

import { merged } from './merged.ts';
import type { Search } from './use-search.ts';
import type { WholeSearch } from './use-whole-search.ts';

export interface Matches {
  /** Ascending, each once: the reader steps through these. */
  readonly offsets: readonly number[];
  /** As many, and those that the search of the whole log only counted. */
  readonly count: number;
  /** Whether some lie beyond the place that the search of the whole log has come to. */
  readonly reachBeyond: boolean;
}

export function matchesOf(search: Pick<Search, 'matches'>, whole: Pick<WholeSearch, 'matches' | 'matchCount' | 'end'>): Matches {
  const beyondCount = search.matches.filter((offset) => offset >= whole.end).length;
  return {
    offsets: merged(whole.matches, search.matches),
    count: whole.matchCount + beyondCount,
    reachBeyond: beyondCount > 0,
  };
}
