/** The state into which a reset puts a node. */

import type { LabTarget } from '../api/lab.ts';
import { LogError } from '../api/problems.ts';
import { fieldsOf } from './fields.ts';

export const delayMsMax = 60_000;

export function isDelay(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= delayMsMax;
}

/** Parses `{"nodes": [...]}`; nodes may be left out. @throws LogError */
export function parseLabTargets(value: unknown): readonly LabTarget[] {
  const { nodes = [] } = fieldsOf(value, ['nodes']);
  if (!Array.isArray(nodes)) throw new LogError('bad-request', '"nodes" must be a list', { field: 'nodes' });
  return nodes.map(targetOf);
}

function targetOf(value: unknown): LabTarget {
  const { id, isRunning, isPaused, isCutOff, delayMs } = fieldsOf(value);
  const areFlags = typeof isRunning === 'boolean' && typeof isPaused === 'boolean' && typeof isCutOff === 'boolean';
  if (typeof id !== 'string' || !areFlags || !isDelay(delayMs)) {
    throw new LogError('bad-request', 'a node needs "id", "isRunning", "isPaused", "isCutOff" and "delayMs"', { field: 'nodes' });
  }
  return { id, isRunning, isPaused, isCutOff, delayMs };
}
