/**
 * The nodes that a client knows, and which of them is asked next: the same one, until it fails. First those that it was given,
 * in their order, then those that it learned of (node-discovery.ts).
 */

import { baseUrlOf, withoutPassword } from './base-url.ts';
import type { BaseUrl } from './base-url.ts';

/** A node that is gone is not the first to be asked again. */
const goneRestMs = 1000;
/** And the others, where all of them rest, are not waited for longer than this. */
const allRestMsMax = 250;

export class Nodes {
  readonly #given: readonly string[];
  readonly #authorizations: ReadonlyMap<string, string | undefined>;
  #urls: readonly string[];
  /** Until when a node is to be left alone, on the clock of `performance.now()`. */
  readonly #restUntil = new Map<string, number>();
  /** When it was left last, on the same clock, if it was gone then. */
  readonly #goneAt = new Map<string, number>();
  #current: string;

  /** @throws TypeError */
  constructor(urls: string | readonly string[]) {
    const bases = [urls].flat().map(needBaseUrl);
    this.#given = bases.map(({ url }) => url);
    this.#authorizations = new Map(bases.map(({ url, authorization }) => [url, authorization]));
    this.#urls = this.#given;
    const [first] = this.#given;
    if (first === undefined) throw new TypeError('a client needs the URL of at least one node');
    this.#current = first;
  }

  get count(): number {
    return this.#urls.length;
  }

  get current(): string {
    return this.#current;
  }

  get all(): readonly string[] {
    return this.#urls;
  }

  /** Beside those that it was given: these, and none that it learned of earlier, but for the one that is asked now. */
  learn(urls: readonly string[]): void {
    const kept = this.#urls.filter((url) => urls.includes(url) || url === this.#current);
    this.#urls = [...new Set([...this.#given, ...kept, ...urls])];
    for (const known of [this.#restUntil, this.#goneAt]) {
      for (const url of known.keys()) if (!this.#urls.includes(url)) known.delete(url);
    }
  }

  isGiven(url: string): boolean {
    return this.#given.includes(url);
  }

  /** All but one, in the order in which they would be asked instead of it. @param now - on the clock of `performance.now()` */
  othersThan(url: string, now: number): string[] {
    const others = this.#inTurnAfter(url).filter((each) => each !== url);
    return others.toSorted((a, b) => this.#freeAt(a, now) - this.#freeAt(b, now));
  }

  /** This one is asked next, if it is known. */
  turnTo(url: string): void {
    if (this.#urls.includes(url)) this.#current = url;
  }

  /** What goes with every request to a node. */
  headersFor(url: string): Readonly<Record<string, string>> {
    const authorization = this.#authorizations.get(url);
    return authorization === undefined ? {} : { authorization };
  }

  /**
   * Passes on from a node that is gone, if it is still the one that is asked. Where all others rest, the one that was left first
   * is asked soon: it was gone itself a moment ago, and may be back. Not one that asked for time. @returns how long until then
   */
  leaveGone(url: string, { now, restMs }: { readonly now: number; readonly restMs: number }): number {
    const isCurrent = url === this.#current;
    const waitMs = this.leave(url, { now, restMs: Math.max(restMs, goneRestMs) });
    this.#goneAt.set(url, now);
    if (!isCurrent || waitMs === 0) return waitMs;
    const goneAt = (each: string): number => this.#goneAt.get(each) ?? 0;
    const [first] = this.#urls.filter((each) => each !== url && this.#goneAt.has(each)).toSorted((a, b) => goneAt(a) - goneAt(b));
    if (first === undefined) return waitMs;
    this.#current = first;
    return Math.min(allRestMsMax, this.#freeAt(first, now) - now);
  }

  /** Passes on to another node, if this is still the one that is asked. @returns how long until one may be asked */
  leave(url: string, { now, restMs }: { readonly now: number; readonly restMs: number }): number {
    this.#restUntil.set(url, now + restMs);
    this.#goneAt.delete(url);
    if (url === this.#current) {
      // The next one in turn that may be asked, or else the one that may be asked first.
      this.#current = this.#inTurnAfter(url).reduce((best, each) => (this.#freeAt(each, now) < this.#freeAt(best, now) ? each : best));
    }
    return this.#freeAt(this.#current, now) - now;
  }

  /** All of them, this one last. */
  #inTurnAfter(url: string): string[] {
    const at = this.#urls.indexOf(url);
    return [...this.#urls.slice(at + 1), ...this.#urls.slice(0, at + 1)];
  }

  /** From when on it may be asked. */
  #freeAt(url: string, now: number): number {
    return Math.max(now, this.#restUntil.get(url) ?? 0);
  }
}

/** @throws TypeError */
function needBaseUrl(text: string): BaseUrl {
  const base = baseUrlOf(text);
  if (base === undefined) throw new TypeError(`"${withoutPassword(text)}" is not a URL like http://localhost:5000`);
  return base;
}
