/** Runs many seeds, on as many threads as there are processors. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SimulationResult } from './simulation.ts';
import { Totals } from './totals.ts';
import type { SeedOrder } from './worker.ts';

export interface ManySeeds {
  readonly from: number;
  /** No new seed is started once this returns true. `begun` includes the seeds still running. */
  readonly isEnough: (begun: number, totals: Totals) => boolean;
  readonly nodeCount?: number | undefined;
  readonly isElecting?: boolean;
  readonly threads?: number;
  readonly progress?: (totals: Totals) => void;
}

export async function runSeeds(order: ManySeeds): Promise<Totals> {
  const totals = new Totals();
  const threads = order.threads ?? availableParallelism();
  let next = order.from;
  let begun = 0;
  await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL('./worker.ts', import.meta.url));
          const sendNext = (): void => {
            if (order.isEnough(begun, totals)) {
              worker.terminate().then(() => resolve(), reject);
              return;
            }
            begun += 1;
            const seedOrder: SeedOrder = { seed: next, nodeCount: order.nodeCount, isElecting: order.isElecting ?? false };
            next += 1;
            worker.postMessage(seedOrder);
          };
          worker.on('message', (result: SimulationResult) => {
            totals.add(result);
            order.progress?.(totals);
            sendNext();
          });
          worker.once('error', reject);
          sendNext();
        }),
    ),
  );
  return totals;
}
