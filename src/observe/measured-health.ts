/** What `/health` says of disk and age. It is measured now and then, so that no request waits for a disk. */

import type { Health } from '../api/health.ts';
import type { DiskUsage, DiskUse } from './disk-use.ts';
import { OldestEntry } from './oldest-entry.ts';
import type { KeptLog } from './oldest-entry.ts';

const everyMs = 10_000;

type Facts = Pick<Health, 'oldestAt' | 'disk'>;

export class MeasuredHealth {
  readonly #diskUse: Pick<DiskUse, 'usage'> | undefined;
  readonly #oldest: OldestEntry;
  #last: Facts = { oldestAt: null, disk: null };
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param parts.diskUse - `undefined` for a log in memory */
  constructor({ diskUse, log }: { readonly diskUse: Pick<DiskUse, 'usage'> | undefined; readonly log: KeptLog }) {
    this.#diskUse = diskUse;
    this.#oldest = new OldestEntry(log);
  }

  /** As last measured; `null` until there is a measurement, and while it fails. */
  get last(): Facts {
    return this.#last;
  }

  /** In milliseconds since 1970; `undefined` while it is not known. */
  get oldestAt(): number | undefined {
    const { oldestAt } = this.#last;
    return oldestAt === null ? undefined : Date.parse(oldestAt);
  }

  start(): void {
    void this.#measure()
      // `diskStalled` reports a disk that does not answer; the last measurement means nothing then.
      .catch((): Facts => ({ oldestAt: null, disk: null }))
      .then((last) => {
        this.#last = last;
        if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), everyMs).unref();
      });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #measure(): Promise<Facts> {
    const usage = await this.#diskUse?.usage();
    const oldest = await this.#oldest.timestamp();
    return {
      disk: usage === undefined ? null : diskBytes(usage),
      oldestAt: oldest === undefined ? null : new Date(oldest).toISOString(),
    };
  }
}

function diskBytes({ freeBytes, sizeBytes, segmentBytes, indexBytes, checkpointBytes, cutBytes }: DiskUsage): Health['disk'] {
  return { freeBytes, sizeBytes, logBytes: segmentBytes, indexBytes, checkpointBytes, cutBytes };
}
