/**
 * Watches for a write, flush, cut or state file that this node's own disk has not finished for too long. A disk that hangs
 * reports nothing, and the node looks well from outside, so the node reports what it is waiting for.
 *
 * It decides nothing: a request that waits for the disk is answered at its own deadline in any case.
 */

import type { NodeContext } from './context.ts';
import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber, InstantMs } from '../model/numbers.ts';

type DiskWork = 'write' | 'flush' | 'cut' | 'state-file';

export interface Stall {
  readonly what: DiskWork;
  /** For how long it has been pending. */
  readonly ms: number;
}

interface Pending {
  readonly what: DiskWork;
  /** Distinguishes it from other work of its kind: when the id changes, the disk has made progress. */
  readonly id: number;
}

interface Watched extends Pending {
  readonly since: InstantMs;
  readonly isLogged: boolean;
}

export class StalledDisk {
  readonly #context: NodeContext;
  /** One past the last batch that the disk has taken. */
  #writtenEnd: BatchNumber = batchNumber(0);
  #log: Watched | undefined;
  #state: Watched | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** The work that has been pending longest, if that is too long. */
  get stall(): Stall | undefined {
    const { now } = this.#context;
    const logged = [this.#log, this.#state].filter((watched) => watched?.isLogged === true);
    const [oldest] = logged.toSorted((a, b) => (a?.since ?? 0) - (b?.since ?? 0));
    return oldest === undefined ? undefined : { what: oldest.what, ms: Math.round(now - oldest.since) };
  }

  written(end: BatchNumber): void {
    this.#writtenEnd = end;
  }

  /** @param wasRunning - whether this process was running since the last tick; otherwise the disk was not what was slow */
  tick(wasRunning: boolean): void {
    this.#log = this.#watch(this.#log, this.#pendingInLog(), wasRunning);
    this.#state = this.#watch(this.#state, this.#pendingState(), wasRunning);
  }

  #watch(before: Watched | undefined, pending: Pending | undefined, wasRunning: boolean): Watched | undefined {
    const { now, options, out } = this.#context;
    const isSame = before !== undefined && before.id === pending?.id && before.what === pending.what;
    if (before?.isLogged === true && !isSame) out.emit('info', 'disk.answered', { what: before.what, ms: Math.round(now - before.since) });
    if (pending === undefined) return undefined;
    if (!isSame || (!wasRunning && !before.isLogged)) return { ...pending, since: now, isLogged: false };
    const ms = now - before.since;
    if (before.isLogged || ms < options.health.unhealthyAfterMs) return before;
    out.emit('warn', 'disk.stalled', { what: before.what, ms: Math.round(ms), durableEnd: this.#context.outline.durable.offset });
    return { ...before, isLogged: true };
  }

  #pendingInLog(): Pending | undefined {
    const { outline } = this.#context;
    if (outline.openCut !== undefined) return { what: 'cut', id: outline.openCut };
    if (outline.isDurable) return undefined;
    const first = outline.durable.number;
    return { what: this.#writtenEnd > first ? 'flush' : 'write', id: first };
  }

  #pendingState(): Pending | undefined {
    const { promises } = this.#context;
    return promises.isSaved ? undefined : { what: 'state-file', id: promises.version };
  }
}

/** Tells a client whose append got no place in time what the disk was doing. */
export function stallText(stall: Stall | undefined): string {
  const why = stall === undefined ? 'was busy with the batch before it' : `has not answered a ${stall.what} for ${stall.ms} ms`;
  return `the disk of the leader ${why}; nothing was stored`;
}
