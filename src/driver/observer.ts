/** Who is told what a driver does: logs, metrics, the activity of a node. They are attached to a driver that is there already. */

import type { Batch } from '../core/model/batch.ts';
import type { Acknowledgement, LogEvent } from '../core/model/events.ts';
import type { InstantMs, Offset } from '../core/model/numbers.ts';
import type { WriteConcern } from '../api/entries.ts';
import type { ProblemCode } from '../api/problems.ts';

/** An append that got its place in the log. */
export interface PlacedAppend {
  readonly offset: number;
  readonly entryCount: number;
  readonly w: WriteConcern;
}

export interface AnsweredAppend {
  /** `undefined` if it got no place. */
  readonly offset: number | undefined;
  readonly entryCount: number;
  readonly w: WriteConcern;
  readonly acks: number;
  /** When it was. */
  readonly at: InstantMs;
  /** Since it was asked for. */
  readonly ms: number;
  /** Of the problem; `undefined` if it was acknowledged. */
  readonly code: ProblemCode | undefined;
}

/** What happens, for logs and metrics. Nothing here may throw. */
export interface DriverObserver {
  readonly logged: (logEvent: LogEvent) => void;
  readonly placed: (placed: { readonly batch: Batch; readonly appends: readonly PlacedAppend[] }) => void;
  /** `end`: one past the last entry that is flushed now. */
  readonly flushed: (flush: { readonly end: Offset; readonly ms: number }) => void;
  readonly acknowledged: (acknowledgement: Acknowledgement) => void;
  readonly answered: (answer: AnsweredAppend) => void;
}

/** All that are attached, as one: each is told in the order in which they came. */
export class Observers implements DriverObserver {
  readonly #all: DriverObserver[] = [];

  add(observer: DriverObserver): void {
    this.#all.push(observer);
  }

  logged(logEvent: LogEvent): void {
    for (const observer of this.#all) observer.logged(logEvent);
  }

  placed(placed: Parameters<DriverObserver['placed']>[0]): void {
    for (const observer of this.#all) observer.placed(placed);
  }

  flushed(flush: Parameters<DriverObserver['flushed']>[0]): void {
    for (const observer of this.#all) observer.flushed(flush);
  }

  acknowledged(acknowledgement: Acknowledgement): void {
    for (const observer of this.#all) observer.acknowledged(acknowledgement);
  }

  answered(answer: AnsweredAppend): void {
    for (const observer of this.#all) observer.answered(answer);
  }
}
