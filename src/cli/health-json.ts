/** How a node is, for the commands. */

import type { Health } from '../api/health.ts';
import { healthPath } from '../api/paths.ts';
import { askOrFail } from './http-client.ts';

/** A node answers this within a second, whatever else it does. */
const silentMsMax = 4000;

/** @throws CliError */
export async function healthOf(url: string): Promise<Health> {
  return (await askOrFail(url, healthPath, { silentMsMax })) as Health;
}
