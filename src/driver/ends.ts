/**
 * Tells watchers when the ends or the leader have changed. The driver calls `check` after each turn. The values that were told
 * last are kept here, so that no watcher has to keep a copy to compare with.
 */

import type { LeaderHint } from '../core/model/messages.ts';
import type { Epoch, Offset } from '../core/model/numbers.ts';
import type { Clock } from '../ports/ports.ts';

/** How far this node's log reaches for readers. */
export interface LogEnds {
  readonly visibleEnd: Offset;
  readonly committedEnd: Offset;
  /** Whether entries were cut since the ends were last told: what was read before may be gone. */
  readonly isCut: boolean;
  /** Whether entries were trimmed since then: the log begins later. */
  readonly isTrimmed: boolean;
}

export type EndsWatcher = (ends: LogEnds) => void;
export type LeaderWatcher = (leader: LeaderHint | undefined) => void;
/** @param leads - the epoch that this node leads; `undefined` while it leads none, or is not certain that it does */
export type LeadWatcher = (leads: Epoch | undefined) => void;

/** The watched values, as they are now. */
interface Watched {
  readonly visibleEnd: Offset;
  readonly committedEnd: Offset;
  readonly leader: LeaderHint | undefined;
  readonly leads: Epoch | undefined;
  readonly controls: { readonly firstOffset: Offset };
}

export interface WatchersParts {
  readonly watched: Watched;
  /** How many cuts there have been. */
  readonly cutCount: () => number;
  readonly clock: Clock;
  readonly isStopped: () => boolean;
}

export class Watchers {
  readonly #parts: WatchersParts;
  readonly #ofEnds = new Set<EndsWatcher>();
  readonly #ofLeader = new Set<LeaderWatcher>();
  readonly #ofLead = new Set<LeadWatcher>();
  /** Conditions that are waited for. Each is checked again whenever anything may have changed. */
  readonly #conditions = new Set<() => void>();
  /** The values that were told last. */
  #visibleEnd: Offset;
  #committedEnd: Offset;
  #firstOffset: Offset;
  #cutCount: number;
  #leader: LeaderHint | undefined;
  #leads: Epoch | undefined;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
    const { visibleEnd, committedEnd, controls } = parts.watched;
    this.#visibleEnd = visibleEnd;
    this.#committedEnd = committedEnd;
    this.#firstOffset = controls.firstOffset;
    this.#cutCount = parts.cutCount();
  }

  /** @returns a function that ends the watching */
  watchEnds(told: EndsWatcher): () => void {
    this.#ofEnds.add(told);
    return () => void this.#ofEnds.delete(told);
  }

  /** Calls `told` whenever another node leads, or no leader is known any more. @returns a function that ends the watching */
  watchLeader(told: LeaderWatcher): () => void {
    if (this.#ofLeader.size === 0) this.#leader = this.#parts.watched.leader;
    this.#ofLeader.add(told);
    return () => void this.#ofLeader.delete(told);
  }

  /** Calls `told` at once, and whenever this node comes to lead or leads no more. @returns a function that ends the watching */
  watchLead(told: LeadWatcher): () => void {
    if (this.#ofLead.size === 0) this.#leads = this.#leadsNow;
    this.#ofLead.add(told);
    told(this.#leads);
    return () => void this.#ofLead.delete(told);
  }

  /** Waits until `isMet`, which is checked whenever something has changed. @returns whether it was met in time */
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

  /** Called after every turn of the driver. Mostly nothing has changed. */
  check(): void {
    this.#checkEnds();
    this.#checkLeader();
    this.#checkLead();
    if (this.#conditions.size > 0) for (const condition of [...this.#conditions]) condition();
  }

  #checkEnds(): void {
    const { visibleEnd, committedEnd, controls } = this.#parts.watched;
    const { firstOffset } = controls;
    const cutCount = this.#parts.cutCount();
    const isCut = cutCount !== this.#cutCount;
    const isTrimmed = firstOffset !== this.#firstOffset;
    if (!isCut && !isTrimmed && visibleEnd === this.#visibleEnd && committedEnd === this.#committedEnd) return;
    this.#visibleEnd = visibleEnd;
    this.#committedEnd = committedEnd;
    this.#firstOffset = firstOffset;
    this.#cutCount = cutCount;
    if (this.#ofEnds.size === 0) return;
    const ends: LogEnds = { visibleEnd, committedEnd, isCut, isTrimmed };
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

  /** A node that was stopped leads nothing, whatever its core says. */
  get #leadsNow(): Epoch | undefined {
    return this.#parts.isStopped() ? undefined : this.#parts.watched.leads;
  }

  #checkLead(): void {
    if (this.#ofLead.size === 0 || this.#leads === this.#leadsNow) return;
    this.#leads = this.#leadsNow;
    for (const told of [...this.#ofLead]) told(this.#leads);
  }
}
