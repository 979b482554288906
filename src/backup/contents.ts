/** Follows the batches of a backup, one after the other: where it is, and what the manifest will say of them. */

import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Batch } from '../core/model/batch.ts';
import { batchNumber, offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import { BackupDamaged } from './backup-damaged.ts';
import type { BackupManifest } from './manifest.ts';

type Facts = Pick<BackupManifest, 'ends' | 'lastEpoch' | 'lastTimestamp' | 'epochs' | 'checkpoint' | 'batches'>;

export class Contents {
  readonly #checkpoint = new Sum();
  readonly #batches = new Sum();
  readonly #epochs: (LogPoint & { readonly epoch: number })[] = [];
  #end: LogPoint;
  #count = 0;
  #entries = 0;
  #lastEpoch = 0;
  #lastTimestamp = 0;

  /** @param begins - where the first batch is expected */
  constructor(begins: LogPoint) {
    this.#end = begins;
  }

  /** One past the last batch. */
  get end(): LogPoint {
    return this.#end;
  }

  /** For people: up to where it was read. */
  get place(): string {
    const { number, offset: at } = this.#end;
    return `at batch ${number}, offset ${at}`;
  }

  addCheckpoint(bytes: Buffer): void {
    if (this.#count > 0) throw new BackupDamaged('a part of the checkpoint comes after the first batch');
    this.#checkpoint.add(bytes);
  }

  /** @throws BackupDamaged if it is not the next one */
  add(batch: Batch): void {
    const { number, baseOffset, epoch, timestamp } = batch;
    if (number !== this.#end.number || baseOffset !== this.#end.offset)
      throw new BackupDamaged(`${this.place}, there is batch ${number} with offset ${baseOffset}`);
    if (epoch < this.#lastEpoch) throw new BackupDamaged(`${this.place}, the epoch goes back to ${epoch}`);
    if (epoch !== this.#lastEpoch) this.#epochs.push({ epoch, number, offset: baseOffset });
    this.#lastEpoch = epoch;
    this.#lastTimestamp = timestamp;
    this.#count += 1;
    this.#entries += batch.entryCount;
    this.#end = { number: batchNumber(number + 1), offset: offset(baseOffset + batch.entryCount) };
    this.#batches.add(batch.bytes);
  }

  /** To be called once, at the end. */
  facts(): Facts {
    const [checkpoint, batches] = [this.#checkpoint.done(), this.#batches.done()];
    return {
      ...{ ends: this.#end, lastEpoch: this.#lastEpoch, lastTimestamp: this.#lastTimestamp, epochs: this.#epochs },
      checkpoint: checkpoint.bytes === 0 ? null : checkpoint,
      batches: { ...batches, count: this.#count, entries: this.#entries },
    };
  }
}

class Sum {
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  done(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
