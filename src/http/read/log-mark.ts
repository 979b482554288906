/**
 * Identifies the log. Every log has offsets and epochs from 0 on, so a place means nothing without it: an id from a log
 * that was deleted would be taken for one of the present log.
 */

import type { Driver } from '../../driver/driver.ts';
import { markPattern } from '../../api/event-id.ts';
import { clusterHeader, firstOffsetHeader } from '../../api/headers.ts';

/** The first digits of the cluster id: enough to distinguish two logs that one reader met. */
const beginning = new RegExp(`^${markPattern}`);

/** @returns `undefined` while this node has no log */
export function markOf({ clusterId }: Pick<Driver, 'clusterId'>): string | undefined {
  return clusterId === null ? undefined : beginning.exec(clusterId)?.[0];
}

/** For clients that read without ids, or have none yet: which log it is, and where it begins. */
export function logHeaders({ clusterId, firstOffset }: Pick<Driver, 'clusterId' | 'firstOffset'>): Record<string, string> {
  const begins = { [firstOffsetHeader]: String(firstOffset) };
  return clusterId !== null && /^[\w-]{1,64}$/.test(clusterId) ? { [clusterHeader]: clusterId, ...begins } : begins;
}
