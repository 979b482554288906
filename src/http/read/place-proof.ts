/**
 * Decides whether the log continues from where a reader was. A place beyond the end of this node's log may still come,
 * or it belongs to a log that was deleted. A node that lags must wait, and one that cannot know must not say that the
 * place is gone, because its reader would never ask again. So what a node cannot tell by itself is decided by a
 * linearizable read: it covers everything that was committed before it, and a leader that a majority has confirmed has
 * everything that a reader can have seen.
 */

import type { Driver } from '../../driver/driver.ts';
import { LogError } from '../../api/problems.ts';
import type { SeenPlace, ResumePoint } from './resume-point.ts';
import type { Listener } from './listener.ts';
import { markOf } from './log-mark.ts';
import { endAt } from './read-level.ts';
import type { ReadLevel } from './read-level.ts';

/** `ahead`: beyond the end of this log; `cut`: by a change of leader; `otherLog`: it belongs to another log. */
export type Standing = 'held' | 'ahead' | 'cut' | 'otherLog';

type ProvingDriver = Pick<
  Driver,
  | 'clusterId'
  | 'committedEnd'
  | 'visibleEnd'
  | 'firstOffset'
  | 'standingOf'
  | 'standingOfComing'
  | 'linearizableEnd'
  | 'isLeading'
  | 'isStopped'
>;

interface Proving {
  readonly driver: ProvingDriver;
}

/** Timeout of that read while an answer waits for it. */
const withinMs = 1000;
/** Timeout while the stream is open already, and the pause between two tries. */
const laterMs = 10_000;

/** Decides as far as this node can by itself. */
export function standingHere(
  { driver }: { readonly driver: Omit<ProvingDriver, 'linearizableEnd'> },
  seen: SeenPlace,
  level: ReadLevel,
): Standing {
  const { mark, epoch, offset } = seen;
  if (mark !== undefined) {
    const own = markOf(driver);
    // A node without a log cannot tell.
    if (own === undefined) return 'ahead';
    if (own !== mark) return 'otherLog';
  }
  // A committed entry is never cut: where another entry has its offset, this node has not heard of its epoch yet, and
  // will cut that.
  if (epoch !== undefined) return level === 'default' ? driver.standingOf({ epoch, offset }) : driver.standingOfComing({ epoch, offset });
  return offset < endAt({ driver }, level) ? 'held' : 'ahead';
}

/**
 * @returns the place, if it is not decided yet
 * @throws LogError if the log does not continue from there
 */
export async function provePlace(node: Proving, { seen }: ResumePoint, level: ReadLevel): Promise<SeenPlace | undefined> {
  if (seen === undefined) return undefined;
  let standing = standingHere(node, seen, level);
  if (standing === 'ahead') standing = await confirmedStanding(node, { seen, level, timeoutMs: withinMs });
  if (standing === 'cut' || standing === 'otherLog') throw notInLog(node, seen, standing);
  return standing === 'ahead' ? seen : undefined;
}

/** Keeps trying until it is decided or the listener is over. */
export async function proveLater(node: Proving, listener: Listener, level: ReadLevel): Promise<void> {
  for (let seen = listener.unconfirmed; seen !== undefined && !listener.isOver && !node.driver.isStopped; seen = listener.unconfirmed) {
    const standing = await confirmedStanding(node, { seen, level, timeoutMs: laterMs });
    if (standing === 'cut' || standing === 'otherLog') listener.end(notInLog(node, seen, standing));
    await new Promise((resolve) => setTimeout(resolve, laterMs).unref());
  }
}

async function confirmedStanding(
  node: Proving,
  { seen, level, timeoutMs }: { readonly seen: SeenPlace; readonly level: ReadLevel; readonly timeoutMs: number },
): Promise<Standing> {
  const { driver } = node;
  let end: number;
  try {
    end = await driver.linearizableEnd(timeoutMs);
  } catch (error) {
    if (error instanceof LogError) return 'ahead';
    throw error;
  }
  const standing = standingHere(node, seen, level);
  if (standing !== 'ahead') return standing;
  // An id without an epoch names a committed entry, unless a client made it from a read at the default level.
  if (seen.epoch === undefined && level !== 'default') return seen.offset >= end ? 'otherLog' : 'ahead';
  return driver.isLeading ? 'otherLog' : 'ahead';
}

export function notInLog(
  { driver }: { readonly driver: Pick<Driver, 'clusterId' | 'committedEnd'> },
  seen: SeenPlace,
  why: 'cut' | 'otherLog',
): LogError {
  const { offset, epoch } = seen;
  const entry = epoch === undefined ? `entry ${offset}` : `entry ${offset} of epoch ${epoch}`;
  const detail =
    why === 'cut'
      ? `${entry} was cut by a change of leader`
      : `${entry} belongs to another log: the log here was begun anew, or is not the one you mean`;
  const facts = { offset, ...(epoch !== undefined && { epoch }), committedEnd: driver.committedEnd, cluster: driver.clusterId };
  return new LogError('history-changed', detail, facts);
}
