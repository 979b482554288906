/** What callers may use up on a node, as the settings and the machine allow. */

import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import { descriptors, planDescriptors } from '../../io/descriptors.ts';
import { ClientBudgets } from './client-budgets.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { MemoryWatch, memoryUses } from './memory-watch.ts';
import { Refusals } from './refusals.ts';

export interface NodeLimits {
  readonly connections: ConnectionLimit;
  readonly clients: ClientBudgets;
  readonly refusals: Refusals;
  readonly memory: MemoryWatch;
  /** Connections from this node to the leader. */
  readonly forwardsMax: number;
}

export function nodeLimits({ limits }: Pick<Config, 'limits'>, log: Logger): NodeLimits {
  const refusals = new Refusals((facts) => log.warn(facts, 'limit.reached'));
  const { connectionsMax: wanted } = limits;
  const { connectionsMax: max, forwardsMax } = planDescriptors(descriptors(), wanted);
  if (wanted !== undefined && max < wanted) log.warn({ connectionsMax: wanted, possible: max }, 'connections.too-few-files');
  const memory = new MemoryWatch({
    uses: memoryUses,
    changed: (isShort, use) => (isShort ? log.warn(use, 'memory.short') : log.info(use, 'memory.enough')),
  });
  return {
    connections: new ConnectionLimit({
      max,
      perAddressMax: limits.connectionsPerAddressMax,
      refused: (limit, facts) => refusals.count(limit, facts),
    }),
    clients: new ClientBudgets({ requestsPerSecondMax: limits.clientRequestsPerSecondMax, bytesMax: limits.clientBytesMax }),
    refusals,
    memory,
    forwardsMax,
  };
}
