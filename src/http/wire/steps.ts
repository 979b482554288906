/**
 * Work that may be long, in steps of about a millisecond. Short work is done at once. Of longer work, one
 * piece is in progress at a time, with one step per turn of the event loop, so that other requests are served in
 * between.
 */

/** Yields after each step but the last. */
export type Steps<Result> = Generator<undefined, Result>;

/** Bytes to process in one step. */
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
   * Work of one step is done now. Longer work begins when all long work before it is done, because its intermediate
   * results may take much more memory than its bytes.
   * @param bytes - how many bytes it has to process
   * @returns the result if one step was enough, otherwise a promise
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
