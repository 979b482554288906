/** Finds connections that nobody needs; and does not look again and again while all are in use. */

import type { Socket } from 'node:net';

/** After a search that found nothing and took longer than this, the next one waits for some time. */
const quickMs = 1;
/** As many times as the search took: it takes a small part of all time, however many connections come. */
const pauseTimes = 10;

interface Search {
  readonly among: Iterable<Socket>;
  /** Since when it has been idle; `undefined` if it is in use. */
  readonly idleSince: (socket: Socket) => number | undefined;
}

export class IdleSearch {
  readonly #now: () => number;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns the longest idle first */
  find({ among, idleSince }: Search): Socket[] {
    const begunAt = this.#now();
    if (begunAt < this.#notBefore) return [];
    const idle: { readonly socket: Socket; readonly since: number }[] = [];
    for (const socket of among) {
      const since = idleSince(socket);
      if (since !== undefined) idle.push({ socket, since });
    }
    const tookMs = this.#now() - begunAt;
    if (idle.length === 0 && tookMs > quickMs) this.#notBefore = begunAt + tookMs * (1 + pauseTimes);
    idle.sort((a, b) => a.since - b.since);
    return idle.map(({ socket }) => socket);
  }
}
