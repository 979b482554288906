/**
 * How fast a backup goes: as fast as its reader takes it, in turns with other readers, while nothing is appended; otherwise no faster
 * than leaves most of the machine to the appends. A follower has no appends that wait, but its log grows.
 */

import { setTimeout } from 'node:timers/promises';
import type { Driver } from '../../driver/driver.ts';
import type { ReadPacer } from '../read/read-pacer.ts';

/** Beside appends. */
const bytesPerSecond = 22_000_000;
/** Appends that come now and then count as a load for so long. */
const loadMs = 100;

export class BackupPace {
  readonly #driver: Pick<Driver, 'durableEnd'>;
  readonly #readPacer: Pick<ReadPacer, 'turn'>;
  readonly #pieceMs: number;
  #seenEnd = -1;
  #grewAt = Number.NEGATIVE_INFINITY;
  /** When the next piece is due. */
  #dueAt = performance.now();

  /** @param parts.pieceBytes - what is read in a turn */
  constructor(parts: {
    readonly driver: Pick<Driver, 'durableEnd'>;
    readonly readPacer: Pick<ReadPacer, 'turn'>;
    readonly pieceBytes: number;
  }) {
    this.#driver = parts.driver;
    this.#readPacer = parts.readPacer;
    this.#pieceMs = (1000 * parts.pieceBytes) / bytesPerSecond;
  }

  /** Resolves when the next piece may be read. */
  async turn(): Promise<void> {
    const { durableEnd } = this.#driver;
    const now = performance.now();
    if (durableEnd !== this.#seenEnd) this.#grewAt = now;
    if (now < this.#grewAt + loadMs && now < this.#dueAt) await setTimeout(this.#dueAt - now);
    this.#seenEnd = durableEnd;
    // Timers are late, so what was missed is made up for, but not more than a piece.
    this.#dueAt = Math.max(this.#dueAt, performance.now() - this.#pieceMs) + this.#pieceMs;
    await this.#readPacer.turn();
  }
}
