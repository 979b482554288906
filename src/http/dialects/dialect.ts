/** The shapes of answers, where the seeds disagree: one small module each. */

import type { Offset, TimestampMs } from '../../core/numbers.ts';
import type { W } from '../../core/write-concern.ts';
import type { Problem } from '../problem.ts';

export interface AppendAnswer {
  readonly offset: number;
  readonly entryCount: number;
  readonly isMany: boolean;
  readonly w: W;
  readonly acks: number;
  readonly epoch: number;
}

/** One entry's place; its message is bytes and goes between `before` and `after`. */
export interface EntryPlace {
  readonly offset: Offset;
  readonly epoch: number;
  readonly timestamp: TimestampMs;
}

/** How a list of entries is written: `open`, then each entry, separated, then `close`. */
export interface ListShape {
  readonly contentType: string;
  readonly open: string;
  readonly close: string;
  readonly separator: string;
  readonly before: (entry: EntryPlace) => string;
  readonly after: (entry: EntryPlace) => string;
}

export interface Dialect {
  readonly name: 'native' | 'envelope' | 'objects';
  readonly appended: (answer: AppendAnswer) => { readonly status: number; readonly body: object };
  readonly messages: ListShape;
  readonly problem: (problem: Problem) => { readonly contentType: string; readonly body: object };
}

export const jsonType = 'application/json; charset=utf-8';
export const ndjsonType = 'application/x-ndjson; charset=utf-8';

const empty = (): string => '';

function entryBefore({ offset, epoch, timestamp }: EntryPlace): string {
  return `{"offset":${offset},"epoch":${epoch},"timestamp":"${new Date(timestamp).toISOString()}","message":`;
}

/** Values as they were sent. */
export const valueList: ListShape = {
  contentType: jsonType,
  open: '{"messages":[',
  close: ']}',
  separator: ',',
  before: empty,
  after: empty,
};

/** `?view=entries` */
export const entryList: ListShape = { ...valueList, before: entryBefore, after: () => '}' };

/** One entry per line. */
export const entryLines: ListShape = {
  contentType: ndjsonType,
  open: '',
  close: '',
  separator: '',
  before: entryBefore,
  after: () => '}\n',
};
