/** An append as it is shown: of this page, or of somebody else. */

import type { WriteConcern } from '../../api/entries.ts';
import type { Problem } from '../data/problem.ts';
import { overlaps } from '../data/range.ts';
import type { Range } from '../data/range.ts';
import type { Timeline } from './timeline.ts';

export interface AppendRow {
  /** Among those of this page, or among those of others. */
  readonly id: number;
  /** Sent by this page. What others sent is known by what the leader tells of it. */
  readonly isOwn: boolean;
  /** `untold`: it is in the log, and its answer was not seen. */
  readonly state: 'in line' | 'under way' | 'answered' | 'failed' | 'given up' | 'untold';
  /** JSON texts: one message, or several as one batch; of others only the first, once it was read. */
  readonly messages: readonly string[];
  readonly entryCount: number;
  /** Of others it is known with the answer. */
  readonly w: WriteConcern | undefined;
  readonly timeoutMs: number | undefined;
  /** The node that was asked, as far as that is known. */
  readonly nodeId: string;
  /** By this page's clock; 0 while it is queued. */
  readonly sentAt: number;
  /** How long it took: for this page, or, of others, for the node. */
  readonly roundTripMs: number | undefined;
  readonly answer: Answer | undefined;
  readonly problem: Problem | undefined;
  /** Where it lies; only probable while there is no answer. */
  readonly span: Range | undefined;
  readonly timeline: Timeline | undefined;
  /** Those that counted when it was sent. */
  readonly members: readonly string[];
  readonly leaderId: string | undefined;
}

interface Answer {
  readonly offset: number;
  readonly w: WriteConcern;
  readonly acks: number;
}

/** Shown at once, beside those that are queued. */
const rowsMax = 30;

/** The newest of all, newest first: what lies where this page's own lie is one of these. */
export function allRows(own: readonly AppendRow[], others: readonly AppendRow[]): readonly AppendRow[] {
  const strange = others.filter((other) => !own.some((row) => isSame(row, other)));
  // What is queued comes before all that was sent.
  const sentAt = (row: AppendRow): number => (row.state === 'in line' ? Infinity : row.sentAt);
  const sorted = [...own, ...strange].toSorted((a, b) => (sentAt(a) === sentAt(b) ? b.id - a.id : sentAt(b) - sentAt(a)));
  const isKept = ({ isOwn, state }: AppendRow, index: number): boolean => index < rowsMax || (isOwn && state === 'under way');
  const sent = sorted.filter(({ state }) => state !== 'in line');
  return [...sorted.filter(({ state }) => state === 'in line'), ...sent.filter(isKept)];
}

/** An offset may be given twice: what was never acknowledged can be cut. */
function isSame(own: AppendRow, other: AppendRow): boolean {
  if (own.span === undefined || other.span === undefined) return false;
  return overlaps(own.span, other.span) && (own.state === 'answered' || own.leaderId === other.leaderId);
}
