/**
 * Every batch that any node of a simulated cluster ever stored. A node that begins with a checkpoint no longer has those before
 * its base; the checkers get them from here, so that they see whole logs. The checkpoints themselves are compared, too: those of
 * one base are the same, byte for byte.
 */

import type { Batch } from '../../core/model/batch.ts';
import { epochAt } from '../../core/model/epoch-history.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import { batchNumber } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { claim } from './claim.ts';

export class KnownBatches {
  readonly #batches = new Map<string, Batch>();
  readonly #checkpoints = new Map<number, Buffer>();

  add(batch: Batch): void {
    this.#batches.set(`${batch.epoch} ${batch.number}`, batch);
  }

  /** The batches before this point in a log with these epochs. */
  before(point: Pick<LogPoint, 'number'>, epochs: readonly EpochStart[]): Batch[] {
    return Array.from({ length: point.number }, (_unused, number) => {
      const epoch = epochAt(epochs, batchNumber(number));
      const batch = this.#batches.get(`${epoch} ${number}`);
      claim(batch !== undefined, () => `a checkpoint stands for what was once stored: batch ${number} of epoch ${epoch}`);
      return batch;
    });
  }

  checkCheckpoint(base: number, bytes: Buffer): void {
    const known = this.#checkpoints.get(base);
    claim(known === undefined || known.equals(bytes), () => `checkpoints of one base are the same on every node: at batch ${base}`);
    this.#checkpoints.set(base, Buffer.from(bytes));
  }
}
