/**
 * Remembers what the log acknowledged, and says after a change of leader whether all of it is still there: the committed
 * entries, which it reads by following the log, and those that were acknowledged to the writer. It keeps four bytes of each
 * message, whoever wrote it. What the log let go is not lost.
 */

import { crc32 } from 'node:zlib';
import { LogClient, ProblemError } from '../../client/index.ts';

/** Beyond this, the older half is dropped. */
const rememberedMax = 1_000_000;
/** How many entries of an existing log are read. */
const pastMax = 100_000;
const pauseMs = 500;
const readWithinMs = 10_000;

const messageField = ',"message":';

export interface ReadBack {
  /** How many messages had been acknowledged. */
  readonly acknowledged: number;
  /** How many of those are missing, or replaced by others. */
  readonly lost: number;
}

export class Witness {
  readonly #client: LogClient;
  readonly #over = new AbortController();
  /** Aborted to begin again from the beginning. */
  #round = new AbortController();
  /** Checksums of the messages from `#from` on; a hole is a message of which nothing is known. */
  #sums: number[] = [];
  #from = 0;
  /** The offset to follow from; `undefined`: not decided yet. */
  #next: number | undefined;

  /** @param urls - of all nodes */
  constructor(urls: readonly string[]) {
    this.#client = new LogClient({ urls, learnNodes: false, timeoutMs: readWithinMs });
  }

  /** Called once the log takes appends: begins to remember what it has and what comes. */
  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#over.abort();
  }

  /** Remembers a message that was acknowledged at `majority`. @param text - as it was sent */
  acknowledged(offset: number, text: string): void {
    if (offset < this.#from) return;
    this.#sums[offset - this.#from] = crc32(text);
    if (this.#sums.length <= rememberedMax) return;
    this.#forgetBefore(this.#from + (this.#sums.length >> 1));
  }

  /** @param url - of the node that leads now. @throws ProblemError if it cannot be read */
  async readBack(url: string): Promise<ReadBack> {
    const reader = new LogClient({ urls: url, learnNodes: false, timeoutMs: readWithinMs });
    for (;;) {
      try {
        return await this.#compare(reader);
      } catch (error) {
        const firstOffset = error instanceof ProblemError && error.code === 'trimmed' ? error.facts['firstOffset'] : undefined;
        if (typeof firstOffset !== 'number' || firstOffset <= this.#from) throw error;
        this.#forgetBefore(firstOffset);
      }
    }
  }

  #forgetBefore(offset: number): void {
    this.#sums = this.#sums.slice(offset - this.#from);
    this.#from = offset;
  }

  async #compare(reader: LogClient): Promise<ReadBack> {
    const [from, sums] = [this.#from, this.#sums.slice()];
    let acknowledged = 0;
    sums.forEach(() => (acknowledged += 1));
    if (acknowledged === 0) return { acknowledged, lost: 0 };
    let found = 0;
    for await (const entry of reader.readTexts({ from, limit: sums.length, level: 'linearizable', signal: this.#over.signal })) {
      const { offset, message } = partsOf(entry);
      if (sums[offset - from] === crc32(message)) found += 1;
    }
    // A loss is reported once: from here on, what the log holds now is remembered.
    if (found < acknowledged) this.#beginAnew();
    return { acknowledged, lost: acknowledged - found };
  }

  #beginAnew(): void {
    [this.#sums, this.#from, this.#next] = [[], 0, undefined];
    this.#round.abort();
    this.#round = new AbortController();
  }

  async #beginning(): Promise<number> {
    const { ends, firstOffset } = await this.#client.status({ signal: this.#over.signal });
    const from = Math.max(ends.committedEnd - pastMax, firstOffset);
    if (this.#sums.length === 0) this.#from = from;
    return from;
  }

  async #follow(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const signal = AbortSignal.any([this.#over.signal, this.#round.signal]);
      try {
        this.#next ??= await this.#beginning();
        for await (const entry of this.#client.followTexts({ from: this.#next, level: 'committed', onTrimmed: 'skip', signal })) {
          const { offset, message } = partsOf(entry);
          if (signal.aborted) break;
          this.acknowledged(offset, message);
          this.#next = offset + 1;
        }
      } catch {
        // The nodes are starting, or the log was begun anew, which reading back will find out. What is remembered stays.
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
