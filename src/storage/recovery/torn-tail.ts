/**
 * What a crash left after the last complete batch of the last segment. It is copied to `cut/` and cut off, at the start or, if
 * there is no room for the copy, before the next batch is written. Until then the log is read as if the tail did not exist, and
 * another crash loses nothing: the next start finds the same tail.
 */

import type { LogPoint } from '../../core/model/place.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import type { CutCopies } from '../segments/cut-copies.ts';
import { giveUpReserve } from '../format/reserve.ts';

export class TornTail {
  readonly bytes: number;
  readonly #disk: Disk;
  readonly #copies: CutCopies;
  readonly #segment: string;
  readonly #position: number;
  readonly #point: LogPoint;
  readonly #done: (bytes: number) => void;

  /** @param parts.done - called when it has been cut off */
  constructor(parts: {
    readonly disk: Disk;
    readonly copies: CutCopies;
    readonly segment: string;
    readonly position: number;
    readonly bytes: number;
    readonly point: LogPoint;
    readonly done: (bytes: number) => void;
  }) {
    this.bytes = parts.bytes;
    this.#disk = parts.disk;
    this.#copies = parts.copies;
    this.#segment = parts.segment;
    this.#position = parts.position;
    this.#point = parts.point;
    this.#done = parts.done;
  }

  /** @param file - its segment. @throws NoRoom, and then the tail is still there */
  async cut(file: DiskFile): Promise<void> {
    await this.#copies.keep({ segments: [{ name: this.#segment }], position: this.#position, point: this.#point });
    await file.truncate(this.#position);
    await file.flush();
    this.#done(this.bytes);
  }

  /** At the start, the reserve is given up for the copy, as far as it goes. @returns whether there was room */
  async cutAtStart(file: DiskFile): Promise<boolean> {
    for (;;) {
      try {
        await this.cut(file);
        return true;
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
      }
      if (!(await giveUpReserve(this.#disk))) return false;
    }
  }
}
