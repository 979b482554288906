/**
 * Where a reader goes on: behind the entry that it saw last, by `Last-Event-ID`, or else at `from`. An id is an offset,
 * or epoch and offset where what was seen may be taken back; then it is known whether it was.
 */

import type { FastifyRequest } from 'fastify';
import type { SeenEntry } from '../core/epoch-history.ts';
import { epoch, offset } from '../core/numbers.ts';
import type { Offset } from '../core/numbers.ts';
import type { Driver } from '../driver.ts';
import { LogError } from '../problems.ts';
import { readCount } from './query.ts';

export interface StartingPlace {
  readonly start: Offset;
  /** What it saw last, if that can be held against the log. */
  readonly seen: SeenEntry | undefined;
}

/**
 * `Last-Event-ID` wins: who comes again by itself asks with the same URL as before. What stands in for `EventSource` where
 * a browser has none, or cannot send a header to another site, says the same in the query.
 * @throws LogError
 */
export function startingPlace(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { from, lastEventId }: { readonly from?: string; readonly lastEventId?: string },
): StartingPlace {
  const given = from === undefined ? offset(0) : offset(readCount('from', from));
  const id = [headers['last-event-id'], lastEventId].find((each) => each !== undefined && each !== '');
  if (id === undefined) return { start: given, seen: undefined };
  const [, of, at = ''] = /^(?:(\d{1,15}):)?(\d{1,15})$/.exec(String(id)) ?? [];
  if (at === '') {
    throw new LogError('bad-request', `Last-Event-ID must be an offset, or epoch:offset, not "${String(id)}"`, { field: 'last-event-id' });
  }
  const start = offset(Number(at) + 1);
  return { start, seen: of === undefined ? undefined : { epoch: epoch(Number(of)), offset: offset(Number(at)) } };
}

/**
 * Whether the log goes on from there.
 * @returns what is not known yet, because this node's log does not go that far
 * @throws LogError if the place was cut
 */
export function checkPlace(driver: Driver, { seen }: StartingPlace): SeenEntry | undefined {
  if (seen === undefined) return undefined;
  const standing = driver.standingOf(seen);
  if (standing === 'cut') {
    throw new LogError('history-changed', `entry ${seen.offset} of epoch ${seen.epoch} was cut by a change of leader`, {
      offset: seen.offset,
      epoch: seen.epoch,
      committedEnd: driver.committedEnd,
    });
  }
  return standing === 'ahead' ? seen : undefined;
}
