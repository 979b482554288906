/** How a node takes part in elections, from its configuration. */

import type { Config } from './config.ts';

interface ElectionSettings {
  readonly timeoutMs: number;
  readonly priority: number;
  readonly isFounder: boolean;
  readonly mayRecoverWithoutQuorum: boolean;
}

/** Of equal nodes the first one founds the cluster; if one is started as the master, that one does. */
export function electionSettings(config: Config): ElectionSettings | undefined {
  if (config.coordinator !== 'elections') return undefined;
  return {
    timeoutMs: config.electionTimeoutMs,
    priority: config.leaderPriority,
    isFounder: config.kind === 'node' ? config.nodes[0] === config.advertisedUrl : config.kind === 'master',
    mayRecoverWithoutQuorum: config.dataDir === undefined,
  };
}
