/** The options of a simulated node's core: small limits, so that each of them is reached. */

import type { ReplicaOptions } from '../../core/node/context.ts';
import { incarnation } from '../../core/model/numbers.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import type { NodePlan } from './plan.ts';
import type { Random } from './random.ts';

export const idempotency = { keysMax: 100_000, windowMs: 24 * 3600 * 1000 };
export const pendingAppendsMax = 100;

export interface SimOptionsParts {
  readonly random: Random;
  readonly plan: NodePlan;
  readonly secondaries: readonly string[];
  readonly masterUrls: readonly string[];
  readonly isElecting: boolean;
  readonly isFounder: boolean;
  readonly newCluster: 'auto' | 'never';
}

export function simOptions(
  parts: SimOptionsParts,
  self: { readonly id: NodeId; readonly incarnation: string; readonly url: string },
): ReplicaOptions {
  return {
    id: self.id,
    incarnation: incarnation(self.incarnation),
    url: self.url,
    secondaries: parts.secondaries,
    hasMasterUrl: parts.masterUrls.length > 0,
    newCluster: parts.newCluster,
    foundsWithAll: parts.isElecting,
    delayMs: parts.plan.delayMs,
    keptBytes: parts.plan.isInMemory ? 0 : parts.plan.keptBytes,
    heartbeatIntervalMs: 250,
    health: { suspectedAfterMs: 1000, unhealthyAfterMs: 3000 },
    idempotency,
    pendingAppendsMax,
    pendingBytesMax: 1024 * 1024,
    batchBytesMax: 4096,
    windowBytes: 8192,
    listeningMs: 2000,
    isOlder: parts.plan.isOlder,
    drawId: () => parts.random.id(),
    random: () => parts.random.next(),
    elections: parts.isElecting
      ? {
          timeoutMs: 1500,
          priority: parts.plan.priority,
          isFounder: parts.isFounder,
          mayRecoverWithoutQuorum: parts.plan.isInMemory,
        }
      : undefined,
  };
}
