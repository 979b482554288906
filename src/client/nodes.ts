/** The nodes that a client knows, and which of them is asked next: the same one, until it fails. */

import { baseUrlOf, withoutPassword } from './base-url.ts';
import type { BaseUrl } from './base-url.ts';

export class Nodes {
  readonly #urls: readonly string[];
  readonly #authorizations: ReadonlyMap<string, string | undefined>;
  /** Until when a node is to be left alone, on the clock of `performance.now()`. */
  readonly #restUntil: number[];
  #current = 0;

  /** @throws TypeError */
  constructor(urls: string | readonly string[]) {
    const bases = [urls].flat().map(needBaseUrl);
    this.#urls = bases.map(({ url }) => url);
    this.#authorizations = new Map(bases.map(({ url, authorization }) => [url, authorization]));
    if (this.#urls.length === 0) throw new TypeError('a client needs the URL of at least one node');
    this.#restUntil = this.#urls.map(() => 0);
  }

  get count(): number {
    return this.#urls.length;
  }

  get current(): string {
    return this.#urls[this.#current] ?? '';
  }

  /** All but one, in the order in which they would be asked instead of it. @param now - on the clock of `performance.now()` */
  othersThan(url: string, now: number): string[] {
    const at = this.#urls.indexOf(url);
    const inTurn = this.#urls.slice(1).map((_url, index) => (at + 1 + index) % this.#urls.length);
    const rest = (index: number): number => Math.max(now, this.#restUntil[index] ?? 0);
    return inTurn.toSorted((a, b) => rest(a) - rest(b)).map((index) => this.#urls[index] ?? '');
  }

  /** This one is asked next, if it is known. */
  turnTo(url: string): void {
    const at = this.#urls.indexOf(url);
    if (at !== -1) this.#current = at;
  }

  /** What goes with every request to a node. */
  headersFor(url: string): Readonly<Record<string, string>> {
    const authorization = this.#authorizations.get(url);
    return authorization === undefined ? {} : { authorization };
  }

  /** Passes on to another node, if this is still the one that is asked. @returns how long until one may be asked */
  leave(url: string, { now, restMs }: { readonly now: number; readonly restMs: number }): number {
    const left = this.#urls.indexOf(url);
    this.#restUntil[left] = now + restMs;
    if (left === this.#current) {
      // The next one in turn that may be asked, or else the one that may be asked first.
      const inTurn = this.#urls.map((_url, index) => (left + 1 + index) % this.#urls.length);
      const rest = (index: number): number => Math.max(now, this.#restUntil[index] ?? 0);
      this.#current = inTurn.reduce((best, index) => (rest(index) < rest(best) ? index : best));
    }
    return Math.max(0, (this.#restUntil[this.#current] ?? 0) - now);
  }
}

/** @throws TypeError */
function needBaseUrl(text: string): BaseUrl {
  const base = baseUrlOf(text);
  if (base === undefined) throw new TypeError(`"${withoutPassword(text)}" is not a URL like http://localhost:5000`);
  return base;
}
