/**
 * The nodes that a client knows, and which of them is asked next: the same one until it fails. The given nodes come
 * first, in their order, then those that were learned (node-discovery.ts).
 */

import { baseUrlOf, withoutPassword } from './base-url.ts';
import type { BaseUrl } from './base-url.ts';

/** A node that is gone is left alone for at least this long. */
const goneRestMs = 1000;
/** If all other nodes are being left alone, too, one of them is asked after at most this long. */
const allRestMsMax = 250;

export class Nodes {
  readonly #given: readonly string[];
  readonly #authorizations: ReadonlyMap<string, string | undefined>;
  #urls: readonly string[];
  /** Until when a node is left alone, on the clock of `performance.now()`. */
  readonly #restUntil = new Map<string, number>();
  /** When a node was left because it was gone, on the same clock. */
  readonly #goneAt = new Map<string, number>();
  #current: string;

  /** @throws TypeError */
  constructor(urls: string | readonly string[]) {
    if ((urls as unknown) === undefined) throw new TypeError('"urls" is missing: the URL of at least one node, like http://localhost:5000');
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

  /**
   * Sets the learned nodes, besides the given ones. Nodes that were learned earlier are dropped, except for the current
   * one.
   */
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

  /**
   * All nodes but this one, in the order in which they would be asked instead of it.
   * @param now - on the clock of `performance.now()`
   */
  othersThan(url: string, now: number): string[] {
    const others = this.#inTurnAfter(url).filter((each) => each !== url);
    return others.toSorted((a, b) => this.#freeAt(a, now) - this.#freeAt(b, now));
  }

  /** Makes this node the next one to ask, if it is known. */
  turnTo(url: string): void {
    if (this.#urls.includes(url)) this.#current = url;
  }

  /** One of the given URLs has a password. */
  get havePassword(): boolean {
    return [...this.#authorizations.values()].some((authorization) => authorization !== undefined);
  }

  /** Headers of every request to this node. */
  headersFor(url: string): Readonly<Record<string, string>> {
    const authorization = this.#authorizations.get(url);
    return authorization === undefined ? {} : { authorization };
  }

  /**
   * Turns away from a node that is gone, if it is still the current one. If all others are being left alone, the one
   * that was left longest ago is asked soon: it was gone itself, and may be back. A node that asked for time is not.
   * @returns how long until the next node may be asked
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

  /** Turns to another node, if this one is still the current one. @returns how long until it may be asked */
  leave(url: string, { now, restMs }: { readonly now: number; readonly restMs: number }): number {
    this.#restUntil.set(url, now + restMs);
    this.#goneAt.delete(url);
    if (url === this.#current) {
      // The next node in turn that may be asked now, or else the one that may be asked soonest.
      this.#current = this.#inTurnAfter(url).reduce((best, each) => (this.#freeAt(each, now) < this.#freeAt(best, now) ? each : best));
    }
    return this.#freeAt(this.#current, now) - now;
  }

  /** All nodes in turn, this one last. */
  #inTurnAfter(url: string): string[] {
    const at = this.#urls.indexOf(url);
    return [...this.#urls.slice(at + 1), ...this.#urls.slice(0, at + 1)];
  }

  /** When the node may be asked. */
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
