/** Parses what a reader asks for: its query and `Last-Event-ID`. */

import type { FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import { readChoice, readCount, readQuery } from '../wire/query.ts';
import { asTimeout, fromQuery } from '../wire/values.ts';
import { readLevels } from './read-level.ts';
import type { ReadLevel } from './read-level.ts';
import { resumePoint } from './resume-point.ts';
import type { ResumePoint } from './resume-point.ts';

/** How long a request may wait for new entries. */
const waitSecondsMax = 600;

/** The read level, and how long confirming it may take (`undefined`: the node's default). */
export interface EntryQuery {
  readonly level: ReadLevel;
  readonly timeoutMs: number | undefined;
}

export interface FollowQuery extends EntryQuery {
  readonly place: ResumePoint;
}

export interface ListQuery extends FollowQuery {
  readonly limit: number;
  readonly view: 'messages' | 'entries';
  readonly waitMs: number;
}

/** @throws LogError */
export function entryQuery({ query }: Pick<FastifyRequest, 'query'>): EntryQuery {
  const { read, timeoutMs } = readQuery(query, ['read', 'timeoutMs']);
  return { level: levelIn(read, 'default'), timeoutMs: timeoutIn(timeoutMs) };
}

/** @throws LogError */
export function followQuery(request: Pick<FastifyRequest, 'query' | 'headers'>): FollowQuery {
  const query = readQuery(request.query, ['from', 'lastEventId', 'read', 'timeoutMs']);
  const place = resumePoint(request, query);
  return { place, level: levelIn(query.read, 'committed'), timeoutMs: timeoutIn(query.timeoutMs) };
}

/** @throws LogError */
export function listQuery(request: Pick<FastifyRequest, 'query' | 'headers'>): ListQuery {
  const query = readQuery(request.query, ['from', 'lastEventId', 'limit', 'read', 'timeoutMs', 'view', 'wait']);
  return {
    place: resumePoint(request, query),
    limit: query.limit === undefined ? Number.MAX_SAFE_INTEGER : readCount('limit', query.limit),
    level: levelIn(query.read, 'default'),
    view: readChoice('view', query.view ?? 'messages', ['messages', 'entries']),
    waitMs: query.wait === undefined ? 0 : waitIn(query.wait),
    timeoutMs: timeoutIn(query.timeoutMs),
  };
}

function levelIn(text: string | undefined, otherwise: ReadLevel): ReadLevel {
  return readChoice('read', text ?? otherwise, readLevels);
}

function timeoutIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : asTimeout(fromQuery(text));
}

/** @returns milliseconds. @throws LogError */
function waitIn(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text) || seconds > waitSecondsMax) {
    throw new LogError('bad-request', `"wait" must be seconds from 0 to ${waitSecondsMax}, not "${text}"`, { field: 'wait' });
  }
  return Math.ceil(seconds * 1000);
}
