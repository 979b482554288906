/** Defaults for the replica options that a test is not about. */

import type { ReplicaOptions } from '../node/context.ts';
import { incarnation } from '../model/numbers.ts';

export const testIdempotency = { keysMax: 1000, windowMs: 24 * 3600 * 1000 };

export function replicaOptions(own: Pick<ReplicaOptions, 'id' | 'url'> & Partial<ReplicaOptions>): ReplicaOptions {
  return {
    incarnation: incarnation(`${own.id}#1`),
    secondaries: [],
    hasMasterUrl: false,
    newCluster: 'auto',
    foundsWithAll: false,
    delayMs: 0,
    heartbeatIntervalMs: 250,
    health: { suspectedAfterMs: 1000, unhealthyAfterMs: 3000 },
    idempotency: testIdempotency,
    pendingAppendsMax: 100,
    pendingBytesMax: 1024 * 1024,
    batchBytesMax: 1024,
    windowBytes: 1024,
    listeningMs: 2000,
    drawId: () => 'drawn',
    // Randomness only spreads retries out. The earliest moment is as good as any.
    random: () => 0,
    ...own,
  };
}
