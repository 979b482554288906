/**
 * Which log it is. Offsets and epochs begin anew with every log, so a place says nothing without it: an id from a log that
 * was thrown away would be taken for one of the log that is here now.
 */

import type { Driver } from '../../driver/driver.ts';
import { markPattern } from '../../api/event-id.ts';
import { clusterHeader } from '../../api/headers.ts';

/** The beginning of the cluster's id: enough to tell two logs apart that one reader met. */
const beginning = new RegExp(`^${markPattern}`);

/** @returns `undefined` while this node has no log */
export function markOf({ clusterId }: Pick<Driver, 'clusterId'>): string | undefined {
  return clusterId === null ? undefined : beginning.exec(clusterId)?.[0];
}

/** For who reads without ids, or has none yet. */
export function logHeaders({ clusterId }: Pick<Driver, 'clusterId'>): Record<string, string> {
  return clusterId !== null && /^[\w-]{1,64}$/.test(clusterId) ? { [clusterHeader]: clusterId } : {};
}
