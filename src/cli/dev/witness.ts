/**
 * Remembers what the log acknowledged, and says after a change of leader whether it is all still there: the entries
 * that a majority holds, as the nodes tell them to whoever follows the log, and what the writer was told. Of each message
 * four bytes are kept; messages of anybody count.
 */

import { crc32 } from 'node:zlib';
import { LogClient } from '../../client/index.ts';

/** Older ones are let go of, half of them at a time. */
const rememberedMax = 1_000_000;
/** Of a log that is there already, no more than this is looked at. */
const pastMax = 100_000;
const pauseMs = 500;
const readWithinMs = 10_000;

const messageField = ',"message":';

export interface ReadBack {
  /** Messages that had been acknowledged. */
  readonly acknowledged: number;
  /** Of those: not there, or another one in their place. */
  readonly lost: number;
}

export class Witness {
  readonly #client: LogClient;
  readonly #over = new AbortController();
  /** Ends when it is to begin anew. */
  #round = new AbortController();
  /** Of the messages from `#from` on; a hole is one of which nothing is known. */
  #sums: number[] = [];
  #from = 0;
  /** Where it goes on to follow; `undefined`: it looks where to begin. */
  #next: number | undefined;

  /** @param urls - of all nodes */
  constructor(urls: readonly string[]) {
    this.#client = new LogClient({ urls, learnNodes: false, timeoutMs: readWithinMs });
  }

  /** Once the log takes appends: what is in it is remembered, and what comes. */
  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#over.abort();
  }

  /** Of a message, that it was acknowledged for a majority. @param text - as it was sent */
  acknowledged(offset: number, text: string): void {
    if (offset < this.#from) return;
    this.#sums[offset - this.#from] = crc32(text);
    if (this.#sums.length <= rememberedMax) return;
    const dropCount = this.#sums.length >> 1;
    this.#sums = this.#sums.slice(dropCount);
    this.#from += dropCount;
  }

  /** @param url - of the node that leads now. @throws ProblemError if it cannot be read */
  async readBack(url: string): Promise<ReadBack> {
    const [from, sums] = [this.#from, this.#sums.slice()];
    let acknowledged = 0;
    sums.forEach(() => (acknowledged += 1));
    if (acknowledged === 0) return { acknowledged, lost: 0 };
    const reader = new LogClient({ urls: url, learnNodes: false, timeoutMs: readWithinMs });
    let found = 0;
    for await (const entry of reader.readTexts({ from, limit: sums.length, level: 'linearizable', signal: this.#over.signal })) {
      const { offset, message } = partsOf(entry);
      if (sums[offset - from] === crc32(message)) found += 1;
    }
    // What is lost is told once; what the log holds now is remembered from here on.
    if (found < acknowledged) this.#beginAnew();
    return { acknowledged, lost: acknowledged - found };
  }

  #beginAnew(): void {
    [this.#sums, this.#from, this.#next] = [[], 0, undefined];
    this.#round.abort();
    this.#round = new AbortController();
  }

  async #beginning(): Promise<number> {
    const { ends } = await this.#client.status({ signal: this.#over.signal });
    const from = Math.max(ends.committedEnd - pastMax, 0);
    if (this.#sums.length === 0) this.#from = from;
    return from;
  }

  async #follow(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const signal = AbortSignal.any([this.#over.signal, this.#round.signal]);
      try {
        this.#next ??= await this.#beginning();
        for await (const entry of this.#client.followTexts({ from: this.#next, level: 'committed', signal })) {
          const { offset, message } = partsOf(entry);
          if (signal.aborted) break;
          this.acknowledged(offset, message);
          this.#next = offset + 1;
        }
      } catch {
        // The nodes are starting, or the log was begun anew, which a reading back finds out. What was remembered stays.
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}

/** The message is the last field of an entry, as it was sent. */
function partsOf(entry: string): { readonly offset: number; readonly message: string } {
  const at = entry.indexOf(messageField);
  return { offset: Number(/^\{"offset":(\d+)/.exec(entry)?.[1] ?? Number.NaN), message: entry.slice(at + messageField.length, -1) };
}
