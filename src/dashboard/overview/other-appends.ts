/**
 * Appends that this page did not send, as far as the leader tells of them: each entry that was given a place belongs to
 * one, and what its writer asked for is known once it is answered.
 */

import { problems } from '../../api/problems.ts';
import type { ActivityEvent, Frame } from '../../api/activity.ts';
import { Problem } from '../data/problem.ts';
import { contains } from '../data/range.ts';
import type { Range } from '../data/range.ts';
import type { ActivityHistories } from './activity-histories.ts';
import type { AppendRow } from './append-row-model.ts';
import { ClockGaps } from './clock-gaps.ts';
import { areSameTimelines, merged, timelineOf } from './timeline.ts';

type Placed = Extract<ActivityEvent, { kind: 'placed' }>;
type Answered = Extract<ActivityEvent, { kind: 'answered' }>;

export interface OtherAppendsParts {
  /** In ms, monotonic. */
  readonly now: () => number;
  readonly histories: ActivityHistories;
}

const rowsMax = 30;
/** So long after its placing an append is still looked after: slow nodes hold it later. */
const settledAfterMs = 120_000;
/** Moments are thinned under load: an answer that was not told in this time, since all nodes hold the entry, will not be. */
const answerWithinMs = 3000;

export class OtherAppends {
  readonly #parts: OtherAppendsParts;
  readonly #gaps = new ClockGaps();
  #rows: readonly AppendRow[] = [];
  #lastId = 0;
  #leaderId: string | undefined;
  #members: readonly string[] = [];

  constructor(parts: OtherAppendsParts) {
    this.#parts = parts;
  }

  /** Newest first. The same object until something changed. */
  get rows(): readonly AppendRow[] {
    return this.#rows;
  }

  /** Who leads now, and who counts. */
  setCluster(leaderId: string | undefined, members: readonly string[]): void {
    this.#leaderId = leaderId;
    this.#members = members;
    if (leaderId === undefined) return;
    // Who leads no more tells no answer.
    this.#changeAll((row) => (row.state === 'under way' && row.leaderId !== leaderId ? { ...row, state: 'untold' } : row));
  }

  /** To be called when the histories have taken it. */
  takeFrame(nodeId: string, { at, moments }: Frame): void {
    this.#gaps.take(nodeId, { at, now: this.#parts.now() });
    for (const moment of moments) {
      if (moment.kind === 'placed' && moment.end > moment.start) this.#place(nodeId, moment);
      else if (moment.kind === 'answered' && moment.offset !== null) this.#answer(nodeId, moment, moment.offset);
    }
    if (this.#rows.length > rowsMax) this.#rows = this.#rows.slice(0, rowsMax);
    this.#follow(nodeId);
  }

  /** What was written, once somebody has read it. */
  setText(id: number, text: string): void {
    this.#change(id, (row) => ({ ...row, messages: [text] }));
  }

  #place(nodeId: string, { at, start, end }: Placed): void {
    this.#add(nodeId, { at, start, end });
  }

  #answer(nodeId: string, moment: Answered, offset: number): void {
    const around = this.#rows.find(({ span, leaderId }) => leaderId === nodeId && span !== undefined && contains(span, offset));
    if (around?.span === undefined) {
      this.#add(nodeId, { at: moment.at - moment.ms, start: offset, end: offset + 1 });
    } else if (around.span.start < offset) {
      // Several appends went as one batch.
      const { span, sentAt } = around;
      this.#change(around.id, (row) => ({ ...row, ...sized({ start: span.start, end: offset }) }));
      this.#add(nodeId, { at: sentAt - (this.#gaps.of(nodeId) ?? 0), start: offset, end: span.end });
    }
    const row = this.#rows.find(({ span, leaderId }) => leaderId === nodeId && span?.start === offset);
    if (row !== undefined) this.#change(row.id, () => answered(row, moment, offset));
  }

  #add(nodeId: string, { at, start, end }: { readonly at: number; readonly start: number; readonly end: number }): void {
    const row: AppendRow = {
      id: ++this.#lastId,
      isOwn: false,
      state: 'under way',
      messages: [],
      w: undefined,
      timeoutMs: undefined,
      nodeId,
      sentAt: at + (this.#gaps.of(nodeId) ?? 0),
      roundTripMs: undefined,
      answer: undefined,
      problem: undefined,
      timeline: undefined,
      members: this.#leaderId === nodeId ? this.#members : [],
      leaderId: nodeId,
      ...sized({ start, end }),
    };
    // What was cut, or begins anew, is not there any more.
    const before = this.#rows.filter(({ span, leaderId }) => leaderId !== nodeId || span === undefined || span.start !== start);
    this.#rows = [row, ...before].toSorted((a, b) => b.sentAt - a.sentAt || (b.span?.start ?? 0) - (a.span?.start ?? 0));
  }

  #follow(nodeId: string): void {
    const history = this.#parts.histories.of(nodeId);
    if (history === undefined) return;
    const now = this.#parts.now();
    this.#changeAll((row) => {
      if (row.leaderId !== nodeId || row.span === undefined || now - row.sentAt > settledAfterMs) return row;
      const members = row.members.length === 0 ? this.#members : row.members;
      const isHeldByAll = members.every((id) => row.timeline?.held.some(({ node }) => node === id));
      if (isHeldByAll && row.state !== 'under way') return row;
      const seen = timelineOf(history, { span: row.span, w: row.w, members });
      const isUntold = row.state === 'under way' && isHeldByAll && now - row.sentAt > answerWithinMs;
      const timeline = merged(row.timeline, seen);
      if (!isUntold && members === row.members && areSameTimelines(timeline, row.timeline)) return row;
      return { ...row, members, timeline, ...(isUntold && { state: 'untold' as const }) };
    });
  }

  #change(id: number, change: (row: AppendRow) => AppendRow): void {
    this.#changeAll((row) => (row.id === id ? change(row) : row));
  }

  /** @param change - returns the same row where nothing changes */
  #changeAll(change: (row: AppendRow) => AppendRow): void {
    const rows = this.#rows.map(change);
    if (rows.some((row, index) => row !== this.#rows[index])) this.#rows = rows;
  }
}

function sized(span: Range): Pick<AppendRow, 'span' | 'entryCount'> {
  return { span, entryCount: span.end - span.start };
}

function answered(row: AppendRow, { w, acks, ms, code }: Answered, offset: number): AppendRow {
  if (code === null) return { ...row, w, state: 'answered', roundTripMs: ms, answer: { offset, w, acks } };
  const { title, outcome, status } = problems[code];
  const problem = new Problem({
    code,
    title,
    outcome,
    status,
    detail: `it was on ${acks} ${acks === 1 ? 'node' : 'nodes'} then`,
    facts: { offset },
  });
  return { ...row, w, state: 'failed', roundTripMs: ms, problem };
}
