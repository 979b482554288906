/**
 * Reads what the reader looks at. Each call replaces the one before: what was asked for and is no longer looked at is given up.
 * At most two requests are under way, as a browser has six connections per origin and others need them too.
 */

import { EntryCache, pageEntries } from './entry-cache.ts';
import type { LogEntry } from './log-entry.ts';
import { overlaps } from '../data/range.ts';
import type { Range } from '../data/range.ts';

export interface PageRequest extends Range {
  readonly nodeId: string;
  readonly signal: AbortSignal;
  readonly onEntry: (entry: LogEntry) => void;
}

/** Hands over the entries of the range, or as many of the first of them as there are. */
export type ReadPage = (request: PageRequest) => Promise<void>;

/** What is looked at on a node. */
export interface WantedRange extends Range {
  readonly nodeId: string;
  /** One past the last entry that the node would show. */
  readonly visibleEnd: number;
}

const requestsMax = 2;
/** While somebody pulls at the scrollbar, most places are passed before they could be read. */
const restMs = 50;
const againFirstMs = 400;
const againLastMs = 5000;
const limits = { pagesMax: 200, charsMax: 16_000_000 };

interface Reading extends Range {
  readonly nodeId: string;
  readonly abort: AbortController;
}

interface NodeState {
  readonly cache: EntryCache;
  /** Since the last entry came; with each the next try is later. */
  failures: number;
  notBefore: number;
  problem: unknown;
}

export class EntryLoader {
  readonly #read: ReadPage;
  readonly #onChange: () => void;
  readonly #nodes = new Map<string, NodeState>();
  readonly #readings = new Set<Reading>();
  #wanted: readonly WantedRange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onChange - entries came, went, or could not be read */
  constructor({ read, onChange }: { readonly read: ReadPage; readonly onChange: () => void }) {
    this.#read = read;
    this.#onChange = onChange;
  }

  cacheOf(nodeId: string): EntryCache {
    return this.#stateOf(nodeId).cache;
  }

  /** Why the last reading failed, if it did. */
  problemOf(nodeId: string): unknown {
    return this.#stateOf(nodeId).problem;
  }

  /** Reads these, and gives up what it reads of others. The first is the most wanted. */
  load(ranges: readonly WantedRange[]): void {
    this.#wanted = ranges
      .map((range) => ({ ...range, end: Math.min(range.end, range.visibleEnd) }))
      .filter(({ start, end }) => start < end);
    for (const range of this.#wanted) this.cacheOf(range.nodeId).use(range);
    this.#pumpIn(restMs);
  }

  /** The node's log is another one from here on. */
  cut(nodeId: string, offset: number): void {
    for (const reading of this.#readings) if (reading.nodeId === nodeId && reading.end > offset) this.#giveUp(reading);
    this.cacheOf(nodeId).dropFrom(offset);
    this.#onChange();
    this.#pumpIn(restMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = [];
    for (const reading of this.#readings) this.#giveUp(reading);
  }

  #pumpIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, ms);
  }

  #pump(): void {
    for (const reading of this.#readings) {
      if (!this.#wanted.some((range) => range.nodeId === reading.nodeId && overlaps(pagesOf(range), reading))) this.#giveUp(reading);
    }
    for (const wanted of this.#wanted) {
      const state = this.#stateOf(wanted.nodeId);
      const waitMs = state.notBefore - performance.now();
      for (const range of this.#missingIn(wanted)) {
        if (this.#readings.size >= requestsMax) return;
        if (waitMs > 0) {
          this.#pumpIn(waitMs);
          break;
        }
        void this.#start(wanted.nodeId, range);
      }
    }
  }

  /** What is missing and not under way, in pieces of a page: first what is seen, then the rest of its pages. */
  #missingIn(wanted: WantedRange): Range[] {
    const { cache } = this.#stateOf(wanted.nodeId);
    const around = pagesOf(wanted);
    const missing: Range[] = [];
    for (let start = around.start; start < around.end; start += pageEntries) {
      const page = { start, end: Math.min(start + pageEntries, around.end) };
      for (const range of cache.missing(page)) {
        const isUnderWay = [...this.#readings].some((reading) => reading.nodeId === wanted.nodeId && overlaps(reading, range));
        if (!isUnderWay) missing.push(range);
      }
    }
    const rank = (range: Range): number => (overlaps(range, wanted) ? 0 : 1);
    return missing.toSorted((a, b) => rank(a) - rank(b));
  }

  async #start(nodeId: string, range: Range): Promise<void> {
    const state = this.#stateOf(nodeId);
    const reading = { nodeId, ...range, abort: new AbortController() };
    const { signal } = reading.abort;
    let count = 0;
    this.#readings.add(reading);
    try {
      const onEntry = (entry: LogEntry): void => {
        if (signal.aborted) return;
        count += 1;
        state.cache.put(entry);
      };
      await this.#read({ nodeId, ...range, signal, onEntry });
      if (signal.aborted) return;
      this.#tried(state, { isGood: count > 0, problem: undefined });
    } catch (error) {
      if (signal.aborted) return;
      this.#tried(state, { isGood: false, problem: error });
    } finally {
      this.#readings.delete(reading);
      this.#onChange();
      this.#pumpIn(0);
    }
  }

  #tried(state: NodeState, { isGood, problem }: { readonly isGood: boolean; readonly problem: unknown }): void {
    state.problem = problem;
    state.failures = isGood ? 0 : state.failures + 1;
    state.notBefore = isGood ? 0 : performance.now() + Math.min(againFirstMs * 2 ** (state.failures - 1), againLastMs);
  }

  #giveUp(reading: Reading): void {
    this.#readings.delete(reading);
    reading.abort.abort();
  }

  #stateOf(nodeId: string): NodeState {
    let state = this.#nodes.get(nodeId);
    if (state === undefined) {
      state = { cache: new EntryCache(limits), failures: 0, notBefore: 0, problem: undefined };
      this.#nodes.set(nodeId, state);
    }
    return state;
  }
}

/** All pages that a range touches, as far as there are entries. */
function pagesOf(range: WantedRange): Range {
  const start = Math.floor(range.start / pageEntries) * pageEntries;
  const end = Math.ceil(range.end / pageEntries) * pageEntries;
  return { start, end: Math.min(end, range.visibleEnd) };
}
