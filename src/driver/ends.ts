/**
 * Who is told when something changed. The driver looks after each thing that it did; it keeps the ends and the leader as
 * they were told last, so that no watcher has to keep a copy to compare with.
 */

import type { LeaderHint } from '../core/model/messages.ts';
import type { Offset } from '../core/model/numbers.ts';
import type { Clock } from '../ports/ports.ts';

/** How far this node's log reaches for readers. */
export interface LogEnds {
  readonly visibleEnd: Offset;
  readonly committedEnd: Offset;
  /** Whether entries were cut since the ends were told last: what was read before is of another history. */
  readonly isCut: boolean;
}

export type EndsWatcher = (ends: LogEnds) => void;
export type LeaderWatcher = (leader: LeaderHint | undefined) => void;

/** What is looked at, as it is now. */
interface Watched {
  readonly visibleEnd: Offset;
  readonly committedEnd: Offset;
  readonly leader: LeaderHint | undefined;
}

export interface WatchersParts {
  readonly watched: Watched;
  /** How often something was cut. */
  readonly cutCount: () => number;
  readonly clock: Clock;
  readonly isStopped: () => boolean;
}

export class Watchers {
  readonly #parts: WatchersParts;
  readonly #ofEnds = new Set<EndsWatcher>();
  readonly #ofLeader = new Set<LeaderWatcher>();
  /** Those who wait for a condition of their own: each is looked at again whenever anything may have changed. */
  readonly #conditions = new Set<() => void>();
  /** As they were told last. */
  #visibleEnd: Offset;
  #committedEnd: Offset;
  #cutCount: number;
  #leader: LeaderHint | undefined;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
    const { visibleEnd, committedEnd } = parts.watched;
    this.#visibleEnd = visibleEnd;
    this.#committedEnd = committedEnd;
    this.#cutCount = parts.cutCount();
  }

  /** @returns to be called when nobody listens any more */
  watchEnds(told: EndsWatcher): () => void {
    this.#ofEnds.add(told);
    return () => void this.#ofEnds.delete(told);
  }

  /** Tells when another one leads, or nobody is known to. @returns to be called when nobody listens any more */
  watchLeader(told: LeaderWatcher): () => void {
    if (this.#ofLeader.size === 0) this.#leader = this.#parts.watched.leader;
    this.#ofLeader.add(told);
    return () => void this.#ofLeader.delete(told);
  }

  /** Waits until `isMet`, which is looked at whenever something changed. @returns whether it was met in time */
  waitUntil(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        this.#conditions.delete(check);
        cancel();
        resolve(answer);
      };
      const check = (): void => {
        if (isMet()) end(true);
        else if (this.#parts.isStopped()) end(false);
      };
      const cancel = this.#parts.clock.after(timeoutMs, () => end(false));
      this.#conditions.add(check);
    });
  }

  /** Called after every turn of the driver: mostly nothing changed that anybody is told of. */
  check(): void {
    this.#checkEnds();
    this.#checkLeader();
    if (this.#conditions.size > 0) for (const condition of [...this.#conditions]) condition();
  }

  #checkEnds(): void {
    const { visibleEnd, committedEnd } = this.#parts.watched;
    const cutCount = this.#parts.cutCount();
    const isCut = cutCount !== this.#cutCount;
    if (!isCut && visibleEnd === this.#visibleEnd && committedEnd === this.#committedEnd) return;
    this.#visibleEnd = visibleEnd;
    this.#committedEnd = committedEnd;
    this.#cutCount = cutCount;
    if (this.#ofEnds.size === 0) return;
    const ends: LogEnds = { visibleEnd, committedEnd, isCut };
    for (const told of [...this.#ofEnds]) told(ends);
  }

  #checkLeader(): void {
    if (this.#ofLeader.size === 0) return;
    const { leader } = this.#parts.watched;
    const before = this.#leader;
    if (leader?.epoch === before?.epoch && leader?.id === before?.id) return;
    this.#leader = leader;
    for (const told of [...this.#ofLeader]) told(leader);
  }
}
