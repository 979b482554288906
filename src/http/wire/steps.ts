/**
 * Work that may be long, in steps of about a millisecond: what is short is done at once, and of what is longer one
 * piece is under way at a time, one step per turn of the event loop, so that everybody else is served in between.
 */

/** Yields between two steps. */
export type Steps<Result> = Generator<undefined, Result>;

/** Bytes to look at in one step. */
export const stepBytes = 64 * 1024;

/** @throws whatever a step throws */
export function allAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export class StepQueue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * What is a step long is done now. What is longer is begun when all before it is through: what it has found so far may
   * take much more memory than its bytes.
   * @param bytes - to be looked at
   * @returns the result if that was all of it, else a promise of it
   * @throws whatever a step throws
   */
  run<Result>(steps: Steps<Result>, bytes: number): Result | Promise<Result> {
    if (bytes <= stepBytes) {
      const first = steps.next();
      if (first.done === true) return first.value;
    }
    const rest = this.#last.then(() => inTurns(steps));
    this.#last = rest.catch(() => undefined);
    return rest;
  }
}

async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
