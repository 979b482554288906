/** Simulates the seeds that it is sent, one after another, in a thread of its own. */

import { parentPort } from 'node:worker_threads';
import { simulate } from './simulation.ts';

export interface SeedOrder {
  readonly seed: number;
  readonly nodeCount: number | undefined;
  readonly isElecting: boolean;
}

parentPort?.on('message', ({ seed, nodeCount, isElecting }: SeedOrder) => {
  simulate(seed, { nodeCount, isElecting }).then(
    (result) => parentPort?.postMessage(result),
    (error: unknown) => {
      throw error;
    },
  );
});
