/**
 * What became of one append, in time: placed by the leader, held by each node, its write concern met, answered.
 * All times are milliseconds since it was placed, by the leader's clock.
 */

import type { WriteConcern } from '../../api/entries.ts';
import { overlaps } from '../data/range.ts';
import type { Range } from '../data/range.ts';
import type { ActivityHistory } from './activity-history.ts';

export interface Holding {
  readonly node: string;
  readonly ms: number;
}

export interface Timeline {
  /** In the order in which they held it. */
  readonly held: readonly Holding[];
  readonly committedMs: number | undefined;
  /** When as many nodes held it as were asked for. */
  readonly metMs: number | undefined;
  readonly answeredMs: number | undefined;
}

export interface TimelineAsk {
  readonly span: Range;
  /** `undefined` while it is not known. */
  readonly w: WriteConcern | undefined;
  /** Those that count. */
  readonly members: readonly string[];
}

/** `undefined` until it is known to be placed. */
export function timelineOf(history: ActivityHistory, { span, w, members }: TimelineAsk): Timeline | undefined {
  const last = span.end - 1;
  const placedAt = history.placedAt(last);
  if (placedAt === undefined) return undefined;
  const since = (at: number | undefined): number | undefined => (at === undefined || at < placedAt ? undefined : at - placedAt);
  const held = [...new Set([...members, ...history.holders])]
    .flatMap((node): Holding[] => {
      const ms = since(history.heldAt(node, last));
      return ms === undefined ? [] : [{ node, ms }];
    })
    .toSorted((a, b) => a.ms - b.ms);
  const committedMs = since(history.committedAt(last));
  const counted = held.filter(({ node }) => members.includes(node));
  const answering = history.answeringOf(span.start);
  const answeredMs = since(answering?.at);
  const countedMs = w === undefined ? undefined : w === 'majority' ? committedMs : counted[(w === 'all' ? members.length : w) - 1]?.ms;
  // Moments are thinned under load, so some come late; what was answered well was met by then.
  const isMetBefore = w !== undefined && answeredMs !== undefined && answering?.code === null && (countedMs ?? Infinity) > answeredMs;
  return { held, committedMs, metMs: isMetBefore ? answeredMs : countedMs, answeredMs };
}

export function areSameTimelines(a: Timeline | undefined, b: Timeline | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const areHeldAlike =
    a.held.length === b.held.length && a.held.every(({ node, ms }, i) => node === b.held[i]?.node && ms === b.held[i]?.ms);
  return areHeldAlike && a.committedMs === b.committedMs && a.metMs === b.metMs && a.answeredMs === b.answeredMs;
}

/** A timeline never forgets: what the history has let go of stays as it was. */
export function merged(before: Timeline | undefined, now: Timeline | undefined): Timeline | undefined {
  if (before === undefined || now === undefined) return now ?? before;
  const known = new Set(now.held.map(({ node }) => node));
  return {
    held: [...now.held, ...before.held.filter(({ node }) => !known.has(node))].toSorted((a, b) => a.ms - b.ms),
    committedMs: now.committedMs ?? before.committedMs,
    metMs: now.metMs ?? before.metMs,
    answeredMs: now.answeredMs ?? before.answeredMs,
  };
}

interface WaitingAsk {
  readonly w: WriteConcern;
  readonly members: readonly string[];
}

/** How many of the members must hold it. */
export function neededOf({ w, members }: WaitingAsk): number {
  return w === 'all' ? members.length : w === 'majority' ? Math.floor(members.length / 2) + 1 : w;
}

/** Whom an append waits for that is placed. */
export interface Waiting {
  /** How many more must hold it. */
  readonly more: number;
  /** Who does not yet. */
  readonly lacking: readonly string[];
}

export function waitingOf(held: readonly Holding[], { w, members }: WaitingAsk): Waiting {
  const lacking = members.filter((member) => !held.some(({ node }) => node === member));
  return { more: Math.max(0, neededOf({ w, members }) - (members.length - lacking.length)), lacking };
}

/** An append that has no answer yet, so that its offset is not known. */
export interface Unplaced {
  readonly id: number;
  readonly count: number;
  /** When it was sent, by the leader's clock, or earlier. */
  readonly sentAt: number;
}

/**
 * Where appends without an answer probably lie: in the order in which they were sent, each in the first placing after
 * that with room for it. Appends of others can make this wrong, until the answer tells.
 */
export function probableSpans(history: ActivityHistory, unplaced: readonly Unplaced[], taken: readonly Range[]): Map<number, Range> {
  const spans = new Map<number, Range>();
  const used: Range[] = [...taken];
  for (const { id, count, sentAt } of unplaced) {
    for (const placing of history.placingsSince(sentAt)) {
      const start = used.reduce((from, span) => (overlaps(span, { start: from, end: placing.end }) ? span.end : from), placing.start);
      if (placing.end - start < count) continue;
      const span = { start, end: start + count };
      used.push(span);
      used.sort((a, b) => a.start - b.start);
      spans.set(id, span);
      break;
    }
  }
  return spans;
}
