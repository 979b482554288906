/** How full the disk of a node is, as its health says it: measured now and then, so that nobody who asks for the health waits for a disk. */

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

  /** `null` until it was measured, and while it cannot be. */
  get last(): Health['disk'] {
    return this.#last;
  }

  start(): void {
    void this.#diskUse
      .usage()
      .then(
        ({ freeBytes, sizeBytes, segmentBytes }) => ({ freeBytes, sizeBytes, logBytes: segmentBytes }),
        // A disk that does not answer is told by `diskStalled`; what was measured before says nothing any more.
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
