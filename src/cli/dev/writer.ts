/** A client that appends one message after the other, at most ten a second, at `majority`: to watch while nodes die. */

import { LogClient } from '../../client/index.ts';
import type { WriterView } from './block.ts';

const everyMs = 100;

export interface WriterParts {
  /** The URLs of all nodes. */
  readonly urls: readonly string[];
  readonly acknowledged: (offset: number, text: string) => void;
  readonly failed: (reason: string) => void;
}

export class Writer {
  readonly #parts: WriterParts;
  readonly #client: LogClient;
  readonly #over = new AbortController();
  #acknowledged = 0;
  #slowestMs = 0;
  #slowestSinceTakenMs = 0;
  #sentAt: number | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#client = new LogClient({ urls: parts.urls, w: 'majority', learnNodes: false });
  }

  get view(): WriterView {
    const waitingMs = this.#sentAt === undefined ? 0 : performance.now() - this.#sentAt;
    return { acknowledged: this.#acknowledged, slowestMs: this.#slowestMs, waitingMs };
  }

  start(): void {
    void this.#write();
  }

  stop(): void {
    this.#over.abort();
  }

  /** How long the slowest append took since the last call, including the one in progress. */
  async takeSlowestMs(): Promise<number> {
    await this.#underWay;
    const ms = this.#slowestSinceTakenMs;
    this.#slowestSinceTakenMs = 0;
    return ms;
  }

  async #write(): Promise<void> {
    for (let number = 1; !this.#over.signal.aborted; number += 1) {
      const sentAt = performance.now();
      this.#underWay = this.#append(JSON.stringify(`written by rlog dev, number ${number}`), sentAt);
      await this.#underWay;
      await new Promise((resolve) => setTimeout(resolve, Math.max(everyMs - (performance.now() - sentAt), 0)));
    }
  }

  async #append(text: string, sentAt: number): Promise<void> {
    const { signal } = this.#over;
    this.#sentAt = sentAt;
    try {
      const { offset } = await this.#client.appendTexts([text], { signal });
      const ms = performance.now() - sentAt;
      this.#acknowledged += 1;
      this.#slowestMs = Math.max(this.#slowestMs, ms);
      this.#slowestSinceTakenMs = Math.max(this.#slowestSinceTakenMs, ms);
      this.#parts.acknowledged(offset, text);
    } catch (error) {
      if (!signal.aborted) this.#parts.failed(error instanceof Error ? error.message : String(error));
    } finally {
      this.#sentAt = undefined;
    }
  }
}
