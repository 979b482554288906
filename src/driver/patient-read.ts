/**
 * Reads that outlast a shortage. To read a segment that is not in memory it must be opened, and all file descriptors may be in
 * use. Mostly one is free again soon.
 */

import { NoRoom } from '../ports/ports.ts';
import type { Clock } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';

const retryMs = 100;
const triesMax = 20;

/**
 * @param begun - the first attempt
 * @throws LogError if the shortage lasts
 */
export async function readPatiently<T>(clock: Clock, begun: Promise<T>, again: () => T | Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await (tries === 1 ? begun : again());
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      if (tries === triesMax) {
        throw new LogError(
          'overloaded',
          `this node has too little ${error.lacks} to read the log`,
          { lacks: error.lacks },
          { cause: error },
        );
      }
    }
    await new Promise<void>((resolve) => clock.after(retryMs, resolve));
  }
}
