/**
 * How far the log is shown to who follows its end: to where it was read. Rows come with their entries, and a log that grows
 * faster than anybody reads is shown in leaps instead of as rows that wait for their entries.
 */

/** What cannot be read for so long is shown as it is. */
const waitMsMax = 1000;

export interface EndNow {
  /** One past the last entry that there is. */
  readonly count: number;
  readonly isFollowing: boolean;
  /** Whether all that can be read of the rows before this end was read. */
  readonly isRead: (end: number) => boolean;
  readonly nowMs: number;
}

export class ShownEnd {
  #shown = 0;
  /** What is read next. */
  #target = 0;
  #sinceMs = 0;

  /** One past the last row that is to be read: beyond the shown ones, or the same. */
  get target(): number {
    return this.#target;
  }

  /** @returns one past the last row to show */
  next({ count, isFollowing, isRead, nowMs }: EndNow): number {
    if (!isFollowing || count <= this.#shown || count < this.#target) this.#show(count);
    else if (this.#target > this.#shown && (isRead(this.#target) || nowMs - this.#sinceMs > waitMsMax)) this.#show(this.#target);
    if (this.#target === this.#shown && count > this.#target) {
      this.#target = count;
      this.#sinceMs = nowMs;
      if (isRead(count)) this.#show(count);
    }
    return this.#shown;
  }

  #show(end: number): void {
    this.#shown = end;
    this.#target = end;
  }
}
