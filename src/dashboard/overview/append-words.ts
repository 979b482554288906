/** How an append is, in words. */

import { count, duration } from '../data/numbers.ts';
import { list } from '../../api/wording.ts';
import type { Problem } from '../data/problem.ts';
import type { AppendRow } from './append-row-model.ts';
import { waitingOf } from './timeline.ts';

export interface AppendWords {
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly headline: string;
  readonly detail: string | undefined;
  readonly code: string | undefined;
}

/** @param now - by the page's clock. @param before - how many are queued before it */
export function appendWords(row: AppendRow, { now, before }: { readonly now: number; readonly before: number }): AppendWords {
  switch (row.state) {
    case 'in line':
      return {
        tone: 'plain',
        headline: before === 0 ? 'queued: next' : `queued: ${count(before)} before it`,
        detail: undefined,
        code: undefined,
      };
    case 'under way':
      return { tone: 'warn', ...underWay(row, now - row.sentAt), code: undefined };
    case 'given up':
      return {
        tone: 'warn',
        headline: row.sentAt === 0 ? 'removed from the queue' : 'this page stopped waiting',
        detail: row.sentAt === 0 ? 'it was never sent' : 'it may have been stored, or may still be',
        code: undefined,
      };
    case 'answered':
      return { tone: 'good', headline: answered(row), detail: roundTrip(row), code: undefined };
    case 'failed':
      return failed(row);
    case 'untold':
      return { tone: 'plain', headline: 'its answer was not seen here', detail: heldBy(row), code: undefined };
  }
}

function underWay(row: AppendRow, elapsedMs: number): Pick<AppendWords, 'headline' | 'detail'> {
  const elapsed = duration(Math.max(0, elapsedMs));
  if (row.w === undefined || row.timeoutMs === undefined) return { headline: `waits: ${elapsed}…`, detail: heldBy(row) };
  const limit = `times out after ${duration(row.timeoutMs)}`;
  if (row.timeline === undefined) return { headline: `sent to ${row.nodeId}: ${elapsed}…`, detail: `no offset yet; ${limit}` };
  const { more, lacking } = waitingOf(row.timeline.held, { w: row.w, members: row.members });
  if (more === 0) return { headline: `enough nodes have it: ${elapsed}`, detail: 'the answer is on its way' };
  const whom = more >= lacking.length ? list(lacking) : `${count(more)} more of ${list(lacking)}`;
  return { headline: `waits for ${whom === '' ? 'more nodes than there are' : whom}: ${elapsed}…`, detail: limit };
}

/** What the appends of others wait for is not known. */
function heldBy({ timeline, members }: AppendRow): string {
  const lacking = members.filter((member) => timeline?.held.some(({ node }) => node === member) !== true);
  return lacking.length === 0 ? 'on all nodes' : `not on ${list(lacking)} yet`;
}

function answered({ answer, timeline }: AppendRow): string {
  if (answer === undefined) return 'answered';
  const when = timeline?.answeredMs === undefined ? '' : ` after ${duration(timeline.answeredMs)}`;
  return `answered${when}: ${answer.acks} ${answer.acks === 1 ? 'node holds' : 'nodes hold'} it`;
}

function failed({ problem, roundTripMs }: AppendRow): AppendWords {
  const isRejected = problem?.outcome === 'rejected';
  const after = roundTripMs === undefined ? '' : ` after ${duration(roundTripMs)}`;
  const lacking = problem?.facts.waitingFor ?? [];
  // Where nothing happened the reason names them already.
  const whom = isRejected || lacking.length === 0 ? '' : `; it waited for ${list(lacking)}`;
  return {
    tone: isRejected ? 'bad' : 'warn',
    headline: `${isRejected ? 'rejected' : 'unknown'}${after}`,
    detail: `${problem?.message ?? 'no reason was given'}${whom}. ${isRejected ? 'It was not stored, and will not be.' : unknownText(problem)}`,
    code: problem?.code,
  };
}

/** Nobody can say more yet. */
function unknownText(problem: Problem | undefined): string {
  return problem?.facts.offset === undefined
    ? 'It may have been stored, or may still be.'
    : 'It is in the log; whether it stays there is not certain yet.';
}

function roundTrip({ isOwn, roundTripMs, timeline }: AppendRow): string | undefined {
  if (roundTripMs === undefined) return undefined;
  const met = timeline?.metMs === undefined ? '' : `enough nodes after ${duration(timeline.metMs)}, `;
  return isOwn ? `${met}round trip ${duration(roundTripMs)}` : `${met}${duration(roundTripMs)} in all`;
}

/** "w=all, offset 1,204", as far as it is known. */
export function placeText({ isOwn, w, answer, problem, span, entryCount }: AppendRow): string {
  const offset = answer?.offset ?? problem?.facts.offset ?? (isOwn ? undefined : span?.start);
  const concern = w === undefined ? '' : `w=${w}`;
  if (offset === undefined) return concern;
  const where = entryCount === 1 ? `offset ${count(offset)}` : `offsets ${count(offset)} to ${count(offset + entryCount - 1)}`;
  return concern === '' ? where : `${where}, ${concern}`;
}
