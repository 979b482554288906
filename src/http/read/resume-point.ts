/**
 * Where a reader continues: after the entry that it saw last, by `Last-Event-ID`, or else at `from`, or else with the first entry
 * that there is. An id is an
 * offset, preceded by the epoch if the entry was not known to be committed, and followed by the mark of the log
 * (log-mark.ts). A client that makes its own ids may leave out both.
 */

import type { FastifyRequest } from 'fastify';
import { epoch, offset } from '../../core/model/numbers.ts';
import type { Epoch, Offset } from '../../core/model/numbers.ts';
import { LogError } from '../../api/problems.ts';
import { markPattern } from '../../api/event-id.ts';
import { readCount } from '../wire/query.ts';

/** An entry, as its reader identifies it. */
export interface SeenPlace {
  readonly offset: Offset;
  readonly epoch: Epoch | undefined;
  readonly mark: string | undefined;
}

export interface ResumePoint {
  /** `undefined`: the first entry that there is. */
  readonly start: Offset | undefined;
  /** The entry that the reader saw last. */
  readonly seen: SeenPlace | undefined;
}

const idParts = new RegExp(String.raw`^(?:(\d{1,15}):)?(\d{1,15})(?:@(${markPattern}))?$`);

/**
 * `Last-Event-ID` wins, because an `EventSource` reconnects with the same URL as before. A stand-in for `EventSource`,
 * which perhaps cannot send that header to another site, says the same in the query.
 * @throws LogError
 */
export function resumePoint(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { from, lastEventId }: { readonly from?: string; readonly lastEventId?: string },
): ResumePoint {
  const given = from === undefined ? undefined : offset(readCount('from', from));
  const id = [headers['last-event-id'], lastEventId].find((each) => each !== undefined && each !== '');
  if (id === undefined) return { start: given, seen: undefined };
  const [, of, at, mark] = idParts.exec(String(id)) ?? [];
  if (at === undefined) {
    const forms = 'an offset or epoch:offset, optionally followed by @ and the mark of its log';
    throw new LogError('bad-request', `Last-Event-ID must be ${forms}, not "${String(id)}"`, { field: 'last-event-id' });
  }
  const seen = { offset: offset(Number(at)), epoch: of === undefined ? undefined : epoch(Number(of)), mark };
  return { start: offset(seen.offset + 1), seen };
}
