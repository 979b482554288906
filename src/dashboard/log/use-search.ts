/** Searches what is loaded of one node's log, a little at a time, and goes on when more is loaded. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EntryCache } from './entry-cache.ts';
import { patternOf, TextSearch } from './text-search.ts';

/** Of a turn, so that the page stays responsive. */
const stepMs = 8;

export interface Search {
  readonly pattern: RegExp | undefined;
  /** Of the entries with a match, ascending. */
  readonly matches: readonly number[];
  readonly isDone: boolean;
}

export function useSearch(cache: EntryCache | undefined, words: string): Search {
  const search = useMemo(() => {
    const pattern = patternOf(words.trim());
    return cache === undefined || pattern === undefined ? undefined : new TextSearch(cache, pattern);
  }, [cache, words]);
  const [found, setFound] = useState<Omit<Search, 'pattern'>>({ matches: [], isDone: true });
  const version = cache?.version;
  useEffect(() => {
    if (search === undefined) {
      setFound({ matches: [], isDone: true });
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const step = (): void => {
      const isDone = search.step(() => performance.now(), stepMs);
      setFound({ matches: search.offsets(), isDone });
      if (!isDone) timer = setTimeout(step);
    };
    timer = setTimeout(step);
    return () => clearTimeout(timer);
  }, [search, version]);
  return { pattern: search?.pattern, ...found };
}
