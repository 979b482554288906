/**
 * What a reader is told whose next entry was trimmed. It never gets a later one instead without being told, however the trim and
 * the read meet: so this is asked before a read, and again after whatever was waited for.
 */

import type { Driver } from '../../driver/driver.ts';
import { LogError } from '../../api/problems.ts';
import type { Offset } from '../../core/model/numbers.ts';
import type { ResumePoint } from './resume-point.ts';

interface TrimmedNode {
  readonly driver: Pick<Driver, 'firstOffset'>;
}

/** Where a reader begins, as things are now. @throws LogError: `trimmed` */
export function startOf(node: TrimmedNode, { start = node.driver.firstOffset }: ResumePoint): Offset {
  needKept(node, start);
  return start;
}

/** @returns the failure, if the entry at `next` was trimmed */
export function trimmedAt({ driver }: TrimmedNode, next: number): LogError | undefined {
  const { firstOffset } = driver;
  if (next >= firstOffset) return undefined;
  return new LogError('trimmed', `entry ${next} was trimmed: the log begins at ${firstOffset}`, { offset: next, firstOffset });
}

/** @throws LogError: `trimmed` */
export function needKept(node: TrimmedNode, next: number): void {
  const trimmed = trimmedAt(node, next);
  if (trimmed !== undefined) throw trimmed;
}
