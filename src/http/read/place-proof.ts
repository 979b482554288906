/**
 * Whether the log goes on from where a reader was. What is behind the end of this node's log may still come, or it belongs
 * to a log that was thrown away. A node that lags must wait, and one that cannot know must not say that it is gone: who
 * hears that never asks again. So what this node cannot tell by itself is held against a linearizable read: what was
 * committed before it is in it, and a leader that a majority confirmed has all that anybody can have seen.
 */

import type { Driver } from '../../driver/driver.ts';
import { LogError } from '../../api/problems.ts';
import type { SeenPlace, ResumePoint } from './resume-point.ts';
import type { Listener } from './listener.ts';
import { markOf } from './log-mark.ts';
import { endAt } from './read-level.ts';
import type { ReadLevel } from './read-level.ts';

/** `cut`: by a change of leader; `otherLog`: of a log that is not this one. */
export type Standing = 'held' | 'ahead' | 'cut' | 'otherLog';

type ProvingDriver = Pick<
  Driver,
  'clusterId' | 'committedEnd' | 'visibleEnd' | 'standingOf' | 'standingOfComing' | 'linearizableEnd' | 'isLeading' | 'isStopped'
>;

interface Proving {
  readonly driver: ProvingDriver;
}

/** How long an answer waits for it. */
const withinMs = 1000;
/** The same for a stream that is open meanwhile, and between two tries. */
const laterMs = 10_000;

/** As far as this node can tell by itself. */
export function standingHere(
  { driver }: { readonly driver: Omit<ProvingDriver, 'linearizableEnd'> },
  seen: SeenPlace,
  level: ReadLevel,
): Standing {
  const { mark, epoch, offset } = seen;
  if (mark !== undefined) {
    const own = markOf(driver);
    // Without a log of its own yet it cannot tell.
    if (own === undefined) return 'ahead';
    if (own !== mark) return 'otherLog';
  }
  // What was committed is not cut: a node that has not heard of its epoch yet has something else there, which will be.
  if (epoch !== undefined) return level === 'default' ? driver.standingOf({ epoch, offset }) : driver.standingOfComing({ epoch, offset });
  return offset < endAt({ driver }, level) ? 'held' : 'ahead';
}

/**
 * @returns what is not known yet
 * @throws LogError if the log does not go on from there
 */
export async function provePlace(node: Proving, { seen }: ResumePoint, level: ReadLevel): Promise<SeenPlace | undefined> {
  if (seen === undefined) return undefined;
  let standing = standingHere(node, seen, level);
  if (standing === 'ahead') standing = await confirmedStanding(node, { seen, level, timeoutMs: withinMs });
  if (standing === 'cut' || standing === 'otherLog') throw notInLog(node, seen, standing);
  return standing === 'ahead' ? seen : undefined;
}

/** For as long as that takes, or somebody listens. */
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
  // Without an epoch it was committed when it was seen, unless somebody made it of a default read.
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
      : `${entry} is of another log: the one here was begun anew, or is not the one meant`;
  const facts = { offset, ...(epoch !== undefined && { epoch }), committedEnd: driver.committedEnd, cluster: driver.clusterId };
  return new LogError('history-changed', detail, facts);
}
