/** What a dialect defines: the shapes of answers in which the seeds differ. Each dialect is one small module. */

import { eventsType, jsonType, ndjsonType } from '../wire/content-types.ts';
import type { TimestampMs } from '../../core/model/numbers.ts';
import type { WriteConcern } from '../../api/entries.ts';
import type { ProblemFormat } from '../wire/problem.ts';

export interface AppendAnswer {
  readonly offset: number;
  readonly entryCount: number;
  readonly isMany: boolean;
  readonly w: WriteConcern;
  readonly acks: number;
  readonly epoch: number;
  /** Of messages with keys of their own. */
  readonly places?: { readonly offsets: readonly number[]; readonly epochs: readonly number[] | undefined } | undefined;
}

/** What is the same for all entries of a batch. */
interface EntryOrigin {
  readonly epoch: number;
  readonly timestamp: TimestampMs;
}

/** The text before and after a message. ASCII only, and never shorter for a larger offset. */
export interface EntryText {
  readonly before: (offset: number) => string;
  readonly after: (offset: number) => string;
}

/** How a list of entries is written: `open`, then each entry, separated, then `close`. */
export interface ListShape {
  readonly contentType: string;
  readonly open: string;
  readonly close: string;
  readonly separator: string;
  readonly textOf: (origin: EntryOrigin) => EntryText;
}

export interface Dialect extends ProblemFormat {
  readonly name: 'native' | 'envelope' | 'objects';
  readonly appended: (answer: AppendAnswer) => { readonly status: number; readonly body: object };
  readonly messages: ListShape;
}

/** A list of the messages, as they were sent. */
export const valueList: ListShape = {
  contentType: jsonType,
  open: '{"messages":[',
  close: ']}\n',
  separator: ',',
  textOf: () => ({ before: () => '', after: () => '' }),
};

/** `?view=entries` */
export const entryList: ListShape = { ...valueList, textOf: (origin) => entryText(origin, '}') };

/** One entry per line. */
export const entryLines: ListShape = {
  contentType: ndjsonType,
  open: '',
  close: '',
  separator: '',
  textOf: (origin) => entryText(origin, '}\n'),
};

/** A single entry. */
export const loneEntry: ListShape = { ...entryLines, contentType: jsonType };

/** One event per entry, for `text/event-stream`. JSON without line breaks is always one line of data. */
function entryEvents(idOf: (origin: EntryOrigin, offset: number) => string): ListShape {
  return {
    ...entryLines,
    contentType: eventsType,
    textOf: (origin) => {
      const { before, after } = entryText(origin, '}\n\n');
      return { before: (offset) => `id: ${idOf(origin, offset)}\ndata: ${before(offset)}`, after };
    },
  };
}

/**
 * Events for the entries of one log.
 * @param mark - distinguishes this log from one that was begun anew, for clients that reconnect
 */
export interface EventShapes {
  readonly mark: string | undefined;
  /** The id is the offset: for committed entries, which never change. */
  readonly committed: ListShape;
  /** The id is epoch and offset: after a change of leader, an entry that was cut can be told from the one in its place. */
  readonly placed: ListShape;
}

export function eventShapes(mark: string | undefined): EventShapes {
  const of = mark === undefined ? '' : `@${mark}`;
  return {
    mark,
    committed: entryEvents((_origin, offset) => `${offset}${of}`),
    placed: entryEvents(({ epoch }, offset) => `${epoch}:${offset}${of}`),
  };
}

function entryText({ epoch, timestamp }: EntryOrigin, end: string): EntryText {
  const middle = `,"epoch":${epoch},"timestamp":"${new Date(timestamp).toISOString()}","message":`;
  return { before: (offset) => `{"offset":${offset}${middle}`, after: () => end };
}
