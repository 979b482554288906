/** What `/health` says of the settings of a node, and since when it runs. */

import type { Health } from '../api/health.ts';
import type { Config } from '../config/config.ts';
import { isBeyondLoopback } from '../config/networks.ts';
import { needsToken } from '../config/security-checks.ts';
import { dataPlaceOf } from '../io/data-place.ts';

/** Called once the folder is there. No secret is in it. */
export function factsOfStart(config: Config): Pick<Health, 'settings' | 'startedAt'> {
  const { coordinator, defaultWriteConcern, host, security, dataDir } = config;
  return {
    startedAt: new Date(performance.timeOrigin).toISOString(),
    settings: {
      coordinator,
      defaultWriteConcern,
      isBeyondLoopback: isBeyondLoopback(host),
      needsToken: needsToken(security),
      hasSecret: security.clusterSecrets.length > 0 || security.clusterSecretFile !== undefined,
      isOpenToAll: security.isOpenToAll,
      acceptsInsecure: security.acceptsInsecure,
      dataPlace: dataDir === undefined ? 'memory' : dataPlaceOf(dataDir),
    },
  };
}

/** @param ms - since 1970 */
export function dateOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
