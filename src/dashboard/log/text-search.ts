/** Where a text occurs, in what is loaded: page by page, so that a page that did not change is not looked through again. */

import type { EntryCache, EntryPage } from './entry-cache.ts';

/** Any spelling of upper and lower case, wherever the words stand in the JSON text. */
export function patternOf(words: string): RegExp | undefined {
  return words === '' ? undefined : new RegExp(escaped(words), 'giu');
}

function escaped(words: string): string {
  return words.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

export interface Place {
  readonly start: number;
  readonly end: number;
}

export function placesIn(text: string, pattern: RegExp, placesMax = 100): Place[] {
  const places: Place[] = [];
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null && places.length < placesMax; found = pattern.exec(text)) {
    places.push({ start: found.index, end: found.index + found[0].length });
  }
  return places;
}

interface Searched {
  readonly version: number;
  readonly offsets: readonly number[];
}

/** One search. Made anew for other words or another node. */
export class TextSearch {
  readonly pattern: RegExp;
  readonly #cache: EntryCache;
  readonly #pages = new Map<EntryPage, Searched>();

  constructor(cache: EntryCache, pattern: RegExp) {
    this.#cache = cache;
    this.pattern = pattern;
  }

  /**
   * Goes on for about `budgetMs`. Pages that were forgotten are forgotten here too.
   * @returns whether there is nothing left to look through
   */
  step(now: () => number, budgetMs: number): boolean {
    const deadline = now() + budgetMs;
    const pages = new Set(this.#cache.pages());
    for (const page of this.#pages.keys()) if (!pages.has(page)) this.#pages.delete(page);
    for (const page of pages) {
      if (this.#pages.get(page)?.version === page.version) continue;
      if (now() > deadline) return false;
      this.#pages.set(page, { version: page.version, offsets: this.#offsetsIn(page) });
    }
    return true;
  }

  /** Of the entries in which the words occur, ascending, so far. */
  offsets(): number[] {
    const pages = [...this.#pages].toSorted(([a], [b]) => a.start - b.start);
    return pages.flatMap(([, { offsets }]) => offsets);
  }

  #offsetsIn(page: EntryPage): number[] {
    const offsets: number[] = [];
    for (const entry of page.entries) {
      if (entry === undefined) continue;
      this.pattern.lastIndex = 0;
      if (this.pattern.test(entry.text)) offsets.push(entry.offset);
    }
    return offsets;
  }
}

/** The next of ascending offsets in a direction, from the other end again behind the last. */
export function nextOf(offsets: readonly number[], from: number | undefined, direction: 1 | -1): number | undefined {
  if (offsets.length === 0) return undefined;
  if (from === undefined) return direction === 1 ? offsets[0] : offsets.at(-1);
  if (direction === 1) return offsets.find((offset) => offset > from) ?? offsets[0];
  return offsets.findLast((offset) => offset < from) ?? offsets.at(-1);
}
