/** Metrics of what callers use up, and of what was refused because a limit was reached. */

import type { Gauges } from './gauges.ts';

interface LimitParts {
  readonly connections: { readonly count: number; readonly max: number; readonly mostOfOneAddress: number };
  readonly isMemoryShort: () => boolean;
  readonly refusals: () => ReadonlyMap<string, number>;
}

export function declareLimits(declare: Gauges, { connections, isMemoryShort, refusals }: LimitParts): void {
  declare.gauge('rlog_connections', 'Open connections to this node', () => connections.count);
  declare.gauge(
    'rlog_connections_max',
    'Maximum number of connections: beyond it idle ones are closed, and then new ones are refused',
    () => connections.max,
  );
  declare.gauge(
    'rlog_connections_of_one_address',
    'Open connections of the address that has the most; those of this machine and of proven nodes are not counted',
    () => connections.mostOfOneAddress,
  );
  declare.gauge(
    'rlog_memory_short',
    '1 while this node has too little memory left: it takes no large bodies and no listeners, and serves those it has',
    () => Number(isMemoryShort()),
  );
  declare.counts(
    {
      name: 'rlog_refused_total',
      help: 'Connections and requests that were refused because a limit was reached, by the option that sets it',
      labelNames: ['limit'],
    },
    refusals,
  );
}
