/** Observers of a driver: logs, metrics, the activity of a node. They are attached after the driver was created. */

import type { Batch } from '../core/model/batch.ts';
import type { Acknowledgement, LogEvent } from '../core/model/events.ts';
import type { InstantMs, Offset } from '../core/model/numbers.ts';
import type { WriteConcern } from '../api/entries.ts';
import type { ProblemCode } from '../api/problems.ts';
import type { AppendTrace } from '../ports/append-traces.ts';

/** An append that has got its place in the log. */
export interface PlacedAppend {
  readonly offset: number;
  readonly entryCount: number;
  readonly w: WriteConcern;
  /** When it was asked for. */
  readonly askedAt: InstantMs;
  /** As it was given with the append. */
  readonly trace: AppendTrace | undefined;
}

export interface AnsweredAppend {
  /** `undefined` if it got no place. */
  readonly offset: number | undefined;
  readonly entryCount: number;
  readonly w: WriteConcern;
  readonly acks: number;
  /** When it was answered. */
  readonly at: InstantMs;
  /** How long it took, from the request to the answer. */
  readonly ms: number;
  /** The code of the problem; `undefined` if the append was acknowledged. */
  readonly code: ProblemCode | undefined;
}

/** Is told what happens, for logs and metrics. No callback may throw. */
export interface DriverObserver {
  readonly logged: (logEvent: LogEvent) => void;
  readonly placed: (placed: { readonly batch: Batch; readonly appends: readonly PlacedAppend[] }) => void;
  /** `end`: one past the last entry that is flushed now. */
  readonly flushed: (flush: { readonly end: Offset; readonly ms: number }) => void;
  readonly acknowledged: (acknowledgement: Acknowledgement) => void;
  readonly answered: (answer: AnsweredAppend) => void;
}

/** All attached observers as one. They are told in the order in which they were attached. */
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
