/**
 * The appends of this page: the last few, those that are under way, and those that are queued. A browser has six
 * connections to a server, and one is the page's stream, so only a few are sent at a time.
 */

import type { AppendRequest } from '../data/api.ts';
import { Problem } from '../data/problem.ts';
import type { Range } from '../data/range.ts';
import { Watchers } from '../data/watchers.ts';
import type { Frame } from '../../api/activity.ts';
import type { AppendAnswer, WriteConcern } from '../../api/entries.ts';
import type { ActivityHistories } from './activity-histories.ts';
import type { AppendRow } from './append-row-model.ts';
import { ClockGaps } from './clock-gaps.ts';
import { merged, probableSpans, timelineOf } from './timeline.ts';

/** What was asked for. */
export interface AppendOrder {
  /** JSON texts: one message, or several as one batch. */
  readonly messages: readonly string[];
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  readonly nodeId: string;
}

/** Of this page, so that all is known of it that was asked for. */
type OwnRow = AppendRow & AppendOrder;

export interface AppendTrackerParts {
  readonly append: (nodeId: string, request: AppendRequest) => Promise<AppendAnswer>;
  /** In ms, monotonic. */
  readonly now: () => number;
  readonly histories: ActivityHistories;
  /** Calls back once, soon: changes in between are told together. */
  readonly soon: (callback: () => void) => void;
}

const underWayMax = 3;
const rowsMax = 30;
/** So long after its answer an append is still looked after: slow nodes hold it later. */
const settledAfterMs = 120_000;

export class AppendTracker {
  readonly #parts: AppendTrackerParts;
  #rows: readonly OwnRow[] = [];
  #lastId = 0;
  readonly #stops = new Map<number, AbortController>();
  readonly #clockGaps = new ClockGaps();
  #leaderId: string | undefined;
  #members: readonly string[] = [];
  readonly #watchers = new Watchers();
  #isTellingSoon = false;

  constructor(parts: AppendTrackerParts) {
    this.#parts = parts;
  }

  /** Newest first. */
  get rows(): readonly AppendRow[] {
    return this.#rows;
  }

  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }

  order(orders: readonly AppendOrder[]): void {
    const added = orders.map(
      (order): OwnRow => ({
        ...order,
        id: ++this.#lastId,
        isOwn: true,
        entryCount: order.messages.length,
        state: 'in line',
        sentAt: 0,
        roundTripMs: undefined,
        answer: undefined,
        problem: undefined,
        span: undefined,
        timeline: undefined,
        members: [],
        leaderId: undefined,
      }),
    );
    this.#rows = [...added.toReversed(), ...this.#rows];
    this.#next();
  }

  /** Stops waiting for it. What was sent may still happen. */
  giveUp(id: number): void {
    this.#stops.get(id)?.abort();
    this.#change(id, (row) => (row.state === 'in line' ? { ...row, state: 'given up' } : row));
  }

  clearLine(): void {
    this.#rows = this.#rows.filter((row) => row.state !== 'in line');
    this.#tellSoon();
  }

  /** Who leads now, and who counts. */
  setCluster(leaderId: string | undefined, members: readonly string[]): void {
    this.#leaderId = leaderId;
    this.#members = members;
  }

  /** To be called when the histories have taken it. */
  takeFrame(nodeId: string, { at, moments }: Frame): void {
    this.#clockGaps.take(nodeId, { at, now: this.#parts.now() });
    if (moments.length > 0) this.#follow();
  }

  #next(): void {
    const underWay = this.#rows.filter((row) => row.state === 'under way').length;
    const inLine = this.#rows.filter((row) => row.state === 'in line').toReversed();
    for (const row of inLine.slice(0, Math.max(0, underWayMax - underWay))) void this.#send(row);
    this.#forgetOld();
    this.#tellSoon();
  }

  async #send({ id, nodeId, messages, w, timeoutMs }: OwnRow): Promise<void> {
    const { now, append } = this.#parts;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    const sentAt = now();
    this.#change(id, (row) => ({ ...row, state: 'under way', sentAt, members: this.#members, leaderId: this.#leaderId }));
    try {
      const answer = await append(nodeId, { messages, w, timeoutMs, signal: stop.signal });
      this.#change(id, (row) => ({ ...row, state: 'answered', answer, ...certain(row, answer.offset) }));
    } catch (error) {
      if (error instanceof Problem) {
        const { offset } = error.facts;
        this.#change(id, (row) => ({ ...row, state: 'failed', problem: error, ...certain(row, offset) }));
      } else if (stop.signal.aborted) {
        this.#change(id, (row) => ({ ...row, state: 'given up' }));
      } else {
        throw error;
      }
    } finally {
      this.#stops.delete(id);
      this.#change(id, (row) => ({ ...row, roundTripMs: now() - sentAt }));
      this.#follow();
      this.#next();
    }
  }

  /** Brings the timelines up to what the histories say now. */
  #follow(): void {
    const now = this.#parts.now();
    const probable = this.#probableSpans();
    this.#rows = this.#rows.map((row) => {
      if (row.state === 'in line' || this.#isSettled(row, now)) return row;
      const leaderId = row.leaderId ?? this.#leaderId;
      const history = this.#parts.histories.of(leaderId);
      const span = row.state === 'under way' ? probable.get(row.id) : row.span;
      if (history === undefined || span === undefined) return row;
      const members = row.members.length === 0 ? this.#members : row.members;
      const seen = timelineOf(history, { span, w: row.w, members });
      return { ...row, members, leaderId, span, timeline: row.state === 'under way' ? seen : merged(row.timeline, seen) };
    });
    this.#tellSoon();
  }

  #probableSpans(): ReadonlyMap<number, Range> {
    const history = this.#parts.histories.of(this.#leaderId);
    const gap = this.#leaderId === undefined ? undefined : this.#clockGaps.of(this.#leaderId);
    const underWay = this.#rows.filter((row) => row.state === 'under way').toReversed();
    if (history === undefined || gap === undefined || underWay.length === 0) return new Map();
    const taken = this.#rows.flatMap((row) => (row.state !== 'under way' && row.span !== undefined ? [row.span] : []));
    const unplaced = underWay.map(({ id, messages, sentAt }) => ({ id, count: messages.length, sentAt: sentAt - gap }));
    return probableSpans(history, unplaced, taken);
  }

  #isSettled(row: AppendRow, now: number): boolean {
    if (row.roundTripMs === undefined) return false;
    const isHeldByAll = row.timeline !== undefined && row.members.every((id) => row.timeline?.held.some(({ node }) => node === id));
    const isTold = row.timeline?.answeredMs !== undefined || row.state !== 'answered';
    return (isHeldByAll && isTold) || now - row.sentAt - row.roundTripMs > settledAfterMs;
  }

  #change(id: number, change: (row: OwnRow) => OwnRow): void {
    this.#rows = this.#rows.map((row) => (row.id === id ? change(row) : row));
    this.#tellSoon();
  }

  #forgetOld(): void {
    let kept = 0;
    this.#rows = this.#rows.filter((row) => {
      if (row.state === 'in line' || row.state === 'under way') return true;
      kept += 1;
      return kept <= rowsMax;
    });
  }

  #tellSoon(): void {
    if (this.#isTellingSoon) return;
    this.#isTellingSoon = true;
    this.#parts.soon(() => {
      this.#isTellingSoon = false;
      this.#watchers.tell();
    });
  }
}

/** Where it lies for certain; what was only probable is forgotten. */
function certain(row: AppendRow, offset: number | undefined): Pick<AppendRow, 'span' | 'timeline'> {
  const span = offset === undefined ? undefined : { start: offset, end: offset + row.messages.length };
  const isAsThought = span !== undefined && row.span?.start === span.start;
  return { span, timeline: isAsThought ? row.timeline : undefined };
}
