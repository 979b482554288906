/** The host names by which a browser may call this node: its own, and those of the nodes that it knows. */

import { hostname } from 'node:os';
import type { Config } from '../../config/config.ts';
import { needsToken } from '../../config/security-checks.ts';
import type { Driver } from '../../driver/driver.ts';
import type { HostNames } from './cross-site.ts';

export function hostNames(config: Config, driver: Pick<Driver, 'status'>): HostNames {
  const own = [config.advertisedUrl, ...config.secondaries, ...(config.masterUrl === undefined ? [] : [config.masterUrl])];
  return {
    allowed: config.allowedHosts,
    origins: config.corsOrigins,
    isAnyServed: needsToken(config.security),
    known: () => {
      const { members, leader } = driver.status();
      const urls = [...own, ...members.map(({ url }) => url), ...(leader === undefined ? [] : [leader.url])];
      return [hostname().toLowerCase(), ...urls.map((url) => new URL(url).hostname)];
    },
  };
}
