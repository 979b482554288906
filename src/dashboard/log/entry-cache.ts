/**
 * The entries of one node that the page has read, in pages. Those that were looked at longest ago go first when there are too
 * many; what a change of leader has cut goes at once.
 */

import type { LogEntry } from './log-entry.ts';
import type { Range } from '../data/range.ts';

export const pageEntries = 200;

export interface CacheLimits {
  readonly pagesMax: number;
  /** Of all texts together, in UTF-16 units. */
  readonly charsMax: number;
}

export interface EntryPage {
  readonly start: number;
  /** By offset - start, with holes. */
  readonly entries: (LogEntry | undefined)[];
  /** Grows with each change. */
  version: number;
  chars: number;
}

export class EntryCache {
  /** The one that was used last stands last. */
  readonly #pages = new Map<number, EntryPage>();
  readonly #limits: CacheLimits;
  #chars = 0;
  #count = 0;
  #version = 0;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get entryCount(): number {
    return this.#count;
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  /** In no order. */
  pages(): Iterable<EntryPage> {
    return this.#pages.values();
  }

  get(offset: number): LogEntry | undefined {
    return this.#pages.get(Math.floor(offset / pageEntries))?.entries[offset % pageEntries];
  }

  put(entry: LogEntry): void {
    const page = this.#used(Math.floor(entry.offset / pageEntries), { make: true });
    if (page === undefined) return;
    const index = entry.offset % pageEntries;
    const before = page.entries[index];
    if (before === undefined) this.#count += 1;
    this.#countChars(page, entry.text.length - (before?.text.length ?? 0));
    page.entries[index] = entry;
    this.#changed(page);
    this.#evict();
  }

  /** Somebody looks at these now: they go last. */
  use(range: Range): void {
    for (let page = Math.floor(range.start / pageEntries); page * pageEntries < range.end; page++) this.#used(page, { make: false });
  }

  /** The entries of this range that were not read, as ranges that do not touch. */
  missing(range: Range): Range[] {
    const missing: Range[] = [];
    let start: number | undefined;
    for (let offset = range.start; offset < range.end; offset++) {
      const isHere = this.get(offset) !== undefined;
      if (!isHere) start ??= offset;
      if (isHere && start !== undefined) {
        missing.push({ start, end: offset });
        start = undefined;
      }
    }
    if (start !== undefined) missing.push({ start, end: range.end });
    return missing;
  }

  /** Forgets every entry from this offset on. */
  dropFrom(offset: number): void {
    for (const [number, page] of this.#pages) {
      if (page.start + pageEntries <= offset) continue;
      if (page.start >= offset) {
        this.#forget(number, page);
        continue;
      }
      for (const entry of page.entries.splice(offset - page.start)) {
        if (entry === undefined) continue;
        this.#count -= 1;
        this.#countChars(page, -entry.text.length);
      }
      this.#changed(page);
    }
  }

  #used(number: number, { make }: { readonly make: boolean }): EntryPage | undefined {
    let page = this.#pages.get(number);
    if (page === undefined && !make) return undefined;
    page ??= { start: number * pageEntries, entries: [], version: 0, chars: 0 };
    this.#pages.delete(number);
    this.#pages.set(number, page);
    return page;
  }

  /** The newest page stays, however large. */
  #evict(): void {
    for (const [number, page] of this.#pages) {
      if (this.#pages.size <= 1 || (this.#pages.size <= this.#limits.pagesMax && this.#chars <= this.#limits.charsMax)) return;
      this.#forget(number, page);
    }
  }

  #forget(number: number, page: EntryPage): void {
    this.#pages.delete(number);
    for (const entry of page.entries) if (entry !== undefined) this.#count -= 1;
    this.#chars -= page.chars;
    this.#version += 1;
  }

  #countChars(page: EntryPage, chars: number): void {
    page.chars += chars;
    this.#chars += chars;
  }

  #changed(page: EntryPage): void {
    page.version += 1;
    this.#version += 1;
  }
}
