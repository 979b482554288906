/**
 * Work on the log that is done beside writes, one piece at a time: a new base, which takes as long as its checkpoint, and surveys.
 * A base without room waits until there is some; surveys that come meanwhile wait for it.
 */

import type { ReplicaEvent, SideWork } from '../core/model/events.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Clock } from '../ports/ports.ts';
import type { LogStore } from '../storage/log-store.ts';

/** How often a base without room is tried again. */
const retryMs = 500;

export interface SideWorkParts {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly report: (event: ReplicaEvent) => void;
  /** Called once for each base that finds no room at first. */
  readonly onBlocked: (lacks: NoRoom['lacks']) => void;
  readonly fail: (error: unknown) => void;
  readonly isStopped: () => boolean;
}

export class SideWorker {
  readonly #parts: SideWorkParts;
  readonly #queue: SideWork[] = [];
  #working: Promise<void> | undefined;

  constructor(parts: SideWorkParts) {
    this.#parts = parts;
  }

  add(work: readonly SideWork[]): void {
    if (work.length === 0) return;
    this.#queue.push(...work);
    this.#working ??= this.#workThrough().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when no work is in progress any more. */
  async untilIdle(): Promise<void> {
    await this.#working;
  }

  async #workThrough(): Promise<void> {
    try {
      for (let work = this.#queue.shift(); work !== undefined && !this.#parts.isStopped(); work = this.#queue.shift()) {
        const event = await this.#carryOut(work);
        if (event !== undefined && !this.#parts.isStopped()) this.#parts.report(event);
      }
    } catch (error) {
      this.#parts.fail(error);
    }
  }

  /** Tries until there is room, and descriptors to read with. */
  async #carryOut(work: SideWork): Promise<ReplicaEvent | undefined> {
    const { clock, onBlocked, isStopped } = this.#parts;
    for (let tries = 0; !isStopped(); tries += 1) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        if (tries === 0 && work.kind === 'rebase') onBlocked(error.lacks);
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
    return undefined;
  }

  async #attempt(work: SideWork): Promise<ReplicaEvent> {
    const { store } = this.#parts;
    if (work.kind === 'survey') return { kind: 'surveyed', survey: await store.survey(work.wish) };
    const { number, offset } = work.plan.base;
    await store.rebase(work.plan);
    return { kind: 'rebased', base: { number, offset } };
  }
}
