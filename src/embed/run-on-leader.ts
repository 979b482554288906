/**
 * Runs a task where its node leads, run by run, and knows nothing of how a node comes to lead.
 */

import { setTimeout as wait } from 'node:timers/promises';

/** What a task of `runOnLeader` is given. */
export interface Lead {
  /** Of the leadership in whose name the task runs: for `ifEpoch`, and to hand on to other systems. It only grows. */
  readonly epoch: number;
  /** Aborted when this node leads no longer, or not with certainty: the task is to end. */
  readonly signal: AbortSignal;
}

/** Runs on the node that leads, and ends when `signal` aborts. Its value does not matter; what it rejects with goes to `onError`. */
export type LeaderTask = (lead: Lead) => unknown;

/** Options of `runOnLeader`. */
export interface RunOnLeaderOptions {
  /** Ends the running of the task, and aborts it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with what the task throws, unless it was aborted or refused with `wrong-epoch`. It is then begun again, if this node
   * still leads. Without it, the first such error ends the running of the task, and is what the promise rejects with.
   */
  readonly onError?: ((error: unknown, lead: { readonly epoch: number }) => void) | undefined;
  /** How long after a task that failed it is begun again, in milliseconds; 1,000 by default. */
  readonly restartAfterMs?: number | undefined;
}

/** What this needs of its node. */
export interface LeadingNode {
  /** The epoch that this node leads, confirmed by a majority; `undefined` while it does not. */
  readonly leads: number | undefined;
  /** The node was stopped, or cannot go on. */
  readonly isOver: boolean;
  /** Calls `told` whenever one of these has changed. @returns a function that ends this */
  readonly watch: (told: () => void) => () => void;
}

const restartAfterMsDefault = 1000;

/**
 * Runs the task each time that this node comes to lead, one run at a time: one that does not end when it is aborted keeps the
 * next from beginning. A task that returns is not begun again before this node leads anew.
 *
 * @returns resolves once `signal` has aborted, or the node is over, and the task has ended
 * @throws what the task throws, without `onError`; TypeError, RangeError
 */
export async function runOnLeader(node: LeadingNode, task: LeaderTask, options: RunOnLeaderOptions = {}): Promise<void> {
  const { signal, onError, restartAfterMs = restartAfterMsDefault } = options;
  if (typeof task !== 'function') throw new TypeError('"task" must be a function');
  if (!(restartAfterMs >= 0)) throw new RangeError(`"restartAfterMs" must be 0 or more, not ${String(restartAfterMs)}`);
  let finished: number | undefined;
  const isOver = (): boolean => node.isOver || signal?.aborted === true;
  while (!isOver()) {
    const epoch = node.leads;
    if (epoch !== finished) finished = undefined;
    if (epoch === undefined || epoch === finished) {
      await untilChanged(node, signal);
      continue;
    }
    const over = new AbortController();
    const check = (): void => {
      if (signal?.aborted === true) over.abort(signal.reason);
      else if (node.leads !== epoch) over.abort(new DOMException(`this node leads epoch ${epoch} no longer`, 'AbortError'));
    };
    const unwatch = node.watch(check);
    signal?.addEventListener('abort', check, { once: true });
    try {
      await task({ epoch, signal: over.signal });
      if (!over.signal.aborted) finished = epoch;
    } catch (error) {
      if (isOfAbort(error, over.signal)) continue;
      if (!isWrongEpoch(error)) {
        if (onError === undefined) throw error;
        onError(error, { epoch });
      }
      // If the epoch is over, this node hears it soon.
      await wait(restartAfterMs, undefined, { signal: over.signal }).catch((reason: unknown) => {
        if (!over.signal.aborted) throw reason;
      });
    } finally {
      unwatch();
      signal?.removeEventListener('abort', check);
    }
  }
}

function untilChanged({ watch }: LeadingNode, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      unwatch();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const unwatch = watch(end);
    signal?.addEventListener('abort', end, { once: true });
  });
}

function isOfAbort(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (error instanceof Error && error.name === 'AbortError') || isWrongEpoch(error));
}

function isWrongEpoch(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'wrong-epoch';
}
