/**
 * Where a reader goes on: behind the entry that it saw last, by `Last-Event-ID`, or else at `from`. An id is an offset,
 * with the epoch before it where what was seen may be taken back, and with the mark of the log behind it (log-mark.ts).
 * Whoever makes its own may leave out both.
 */

import type { FastifyRequest } from 'fastify';
import { epoch, offset } from '../../core/model/numbers.ts';
import type { Epoch, Offset } from '../../core/model/numbers.ts';
import { LogError } from '../../api/problems.ts';
import { markPattern } from '../../api/event-id.ts';
import { readCount } from '../wire/query.ts';

/** An entry as its reader knows it. */
export interface SeenPlace {
  readonly offset: Offset;
  readonly epoch: Epoch | undefined;
  readonly mark: string | undefined;
}

export interface ResumePoint {
  readonly start: Offset;
  /** What it saw last. */
  readonly seen: SeenPlace | undefined;
}

const idParts = new RegExp(String.raw`^(?:(\d{1,15}):)?(\d{1,15})(?:@(${markPattern}))?$`);

/**
 * `Last-Event-ID` wins: who comes again by itself asks with the same URL as before. What stands in for `EventSource` where
 * a browser has none, or cannot send a header to another site, says the same in the query.
 * @throws LogError
 */
export function resumePoint(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { from, lastEventId }: { readonly from?: string; readonly lastEventId?: string },
): ResumePoint {
  const given = from === undefined ? offset(0) : offset(readCount('from', from));
  const id = [headers['last-event-id'], lastEventId].find((each) => each !== undefined && each !== '');
  if (id === undefined) return { start: given, seen: undefined };
  const [, of, at, mark] = idParts.exec(String(id)) ?? [];
  if (at === undefined) {
    const forms = 'an offset, epoch:offset, or one of them with the mark of its log behind an @';
    throw new LogError('bad-request', `Last-Event-ID must be ${forms}, not "${String(id)}"`, { field: 'last-event-id' });
  }
  const seen = { offset: offset(Number(at)), epoch: of === undefined ? undefined : epoch(Number(of)), mark };
  return { start: offset(seen.offset + 1), seen };
}
