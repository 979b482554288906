/** How an append is, in words. */

import { count, duration } from '../data/numbers.ts';
import { list } from '../data/summary.ts';
import type { AppendRow } from './append-tracker.ts';
import { waitingOf } from './timeline.ts';

export interface AppendWords {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly headline: string;
  readonly detail: string | undefined;
  readonly code: string | undefined;
}

/** @param now - by the page's clock. @param before - how many stand in line before it */
export function appendWords(row: AppendRow, { now, before }: { readonly now: number; readonly before: number }): AppendWords {
  switch (row.state) {
    case 'in line':
      return {
        tone: 'plain',
        headline: before === 0 ? 'in line: next' : `in line: ${count(before)} before it`,
        detail: undefined,
        code: undefined,
      };
    case 'under way':
      return { tone: 'warn', ...underWay(row, now - row.sentAt), code: undefined };
    case 'given up':
      return {
        tone: 'warn',
        headline: row.sentAt === 0 ? 'taken out of the line' : 'given up by this page',
        detail: row.sentAt === 0 ? 'it was never sent' : 'it may have happened, and may still',
        code: undefined,
      };
    case 'answered':
      return { tone: 'good', headline: answered(row), detail: roundTrip(row), code: undefined };
    case 'failed':
      return failed(row);
  }
}

function underWay(row: AppendRow, elapsedMs: number): Pick<AppendWords, 'headline' | 'detail'> {
  const elapsed = duration(Math.max(0, elapsedMs));
  const limit = `gives up after ${duration(row.timeoutMs)}`;
  if (row.timeline === undefined) return { headline: `sent to ${row.nodeId}: ${elapsed}…`, detail: `not placed yet; ${limit}` };
  const { more, lacking } = waitingOf(row.timeline.held, row);
  if (more === 0) return { headline: `its w is met: ${elapsed}`, detail: 'the answer is on its way' };
  const whom = more >= lacking.length ? list(lacking) : `${count(more)} more of ${list(lacking)}`;
  return { headline: `waits for ${whom === '' ? 'nodes that are not there' : whom}: ${elapsed}…`, detail: limit };
}

function answered({ answer, timeline }: AppendRow): string {
  if (answer === undefined) return 'answered';
  const when = timeline?.answeredMs === undefined ? '' : ` after ${duration(timeline.answeredMs)}`;
  return `answered${when}: ${answer.acks} ${answer.acks === 1 ? 'node holds' : 'nodes hold'} it`;
}

function failed({ problem, roundTripMs }: AppendRow): AppendWords {
  const outcome =
    problem?.outcome === 'rejected' ? 'Rejected: it did not happen, and will not.' : 'Unknown: it may have happened, and may still.';
  const after = roundTripMs === undefined ? '' : ` After ${duration(roundTripMs)}.`;
  const lacking = problem?.facts.waitingFor ?? [];
  // Where nothing happened the reason names them already.
  const whom = problem?.outcome !== 'unknown' || lacking.length === 0 ? '' : `, and waited for ${list(lacking)}`;
  return {
    tone: problem?.outcome === 'rejected' ? 'bad' : 'warn',
    headline: problem?.title ?? 'It failed',
    detail: `${problem?.message ?? 'no reason given'}${whom}. ${outcome}${after}`,
    code: problem?.code,
  };
}

function roundTrip({ roundTripMs, timeline }: AppendRow): string | undefined {
  if (roundTripMs === undefined) return undefined;
  const met = timeline?.metMs === undefined ? '' : `w met after ${duration(timeline.metMs)}, `;
  return `${met}round trip ${duration(roundTripMs)}`;
}

/** "w=all, offset 1,204", as far as it is known. */
export function placeText({ w, answer, problem, messages }: AppendRow): string {
  const offset = answer?.offset ?? problem?.facts.offset;
  if (offset === undefined) return `w=${w}`;
  const where = messages.length === 1 ? `offset ${count(offset)}` : `offsets ${count(offset)} to ${count(offset + messages.length - 1)}`;
  return `${where}, w=${w}`;
}
