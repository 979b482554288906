/** The nodes that a client knows, and which of them is asked next: the same one, until it fails. */

export class Nodes {
  readonly #urls: readonly string[];
  /** Until when a node is to be left alone, on the clock of `performance.now()`. */
  readonly #restUntil: number[];
  #current = 0;

  /** @throws TypeError */
  constructor(urls: string | readonly string[]) {
    this.#urls = [urls].flat().map(originOf);
    if (this.#urls.length === 0) throw new TypeError('a client needs the URL of at least one node');
    this.#restUntil = this.#urls.map(() => 0);
  }

  get count(): number {
    return this.#urls.length;
  }

  get current(): string {
    return this.#urls[this.#current] ?? '';
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

function originOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new TypeError(`"${url}" is not a URL like http://localhost:5000`);
  }
  return parsed.href.replace(/\/+$/, '');
}
