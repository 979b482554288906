/** How full a node's disk is, for `/health`: measured now and then, so that no request waits for a disk. */

import type { Health } from '../api/health.ts';
import type { DiskUse } from './disk-use.ts';

const everyMs = 10_000;

export class DiskWatch {
  readonly #diskUse: Pick<DiskUse, 'usage'>;
  #last: Health['disk'] = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(diskUse: Pick<DiskUse, 'usage'>) {
    this.#diskUse = diskUse;
  }

  /** The last measurement; `null` until there is one, and while the disk cannot be measured. */
  get last(): Health['disk'] {
    return this.#last;
  }

  start(): void {
    void this.#diskUse
      .usage()
      .then(
        ({ freeBytes, sizeBytes, segmentBytes }) => ({ freeBytes, sizeBytes, logBytes: segmentBytes }),
        // `diskStalled` reports a disk that does not answer; the last measurement means nothing then.
        () => null,
      )
      .then((last) => {
        this.#last = last;
        if (!this.#isStopped) this.#timer = setTimeout(() => this.start(), everyMs).unref();
      });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }
}
