/**
 * What the client does at the time that the picture shows: which append it waits for, and which acknowledgements have
 * arrived. In the picture everything takes some time, as the dots do; the times in words are the real ones.
 */

import type { AppendRow } from './append-row-model.ts';
import { frameDelayMs, requestMs, returnMs, travelMs } from './picture-times.ts';
import { neededOf } from './timeline.ts';

export interface Home {
  readonly node: string;
  /** Its acknowledgement has arrived at the leader. */
  readonly isHome: boolean;
}

export type ClientView =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'waiting';
      readonly row: AppendRow;
      /** How many wait, this one among them. */
      readonly count: number;
      readonly homes: readonly Home[];
      /** `undefined` while it is not known what was asked for. */
      readonly needed: number | undefined;
      /** For how long, really; `undefined` if the answer is there, and only its dots are still on their way. */
      readonly waitedMs: number | undefined;
    }
  | { readonly kind: 'over'; readonly row: AppendRow; readonly homes: readonly Home[]; readonly needed: number | undefined };

export interface ClientViewAsk {
  readonly rows: readonly AppendRow[];
  /** That the picture shows, by the page's clock. */
  readonly at: number;
  /** Nothing moves: then nothing takes longer than it does. */
  readonly isStill: boolean;
}

export function clientView({ rows, at, isStill }: ClientViewAsk): ClientView {
  const sent = rows.filter((row) => row.state !== 'in line' && row.sentAt + (isStill ? 0 : frameDelayMs) <= at);
  const waiting = sent.filter((row) => overAt(row, isStill) > at);
  const row = waiting.find(({ isOwn }) => isOwn) ?? waiting[0] ?? sent[0];
  if (row === undefined) return { kind: 'idle' };
  const homes = row.members.map((node): Home => ({ node, isHome: homeAt(row, { node, isStill }) <= at }));
  const { w, members } = row;
  const needed = w === undefined ? undefined : neededOf({ w, members });
  if (waiting.length === 0) return { kind: 'over', row, homes, needed };
  const endedAt = realEnd(row);
  const waitedMs = endedAt === undefined || endedAt > at ? at - row.sentAt : undefined;
  return { kind: 'waiting', row, count: waiting.length, homes, needed, waitedMs };
}

/** When its answer came; `undefined` if there is none yet. */
function realEnd({ state, sentAt, roundTripMs }: AppendRow): number | undefined {
  if (state === 'under way') return undefined;
  return sentAt + (roundTripMs ?? 0);
}

/** When the picture shows that the client has its answer. */
function overAt(row: AppendRow, isStill: boolean): number {
  const end = realEnd(row);
  if (end === undefined) return Infinity;
  if (isStill) return end;
  const hasWaited = (row.answer?.acks ?? 1) > 1;
  return end + frameDelayMs + 2 * requestMs + (hasWaited ? travelMs + returnMs : 0);
}

/** When the picture shows that the leader has this node's acknowledgement. */
function homeAt(row: AppendRow, { node, isStill }: { readonly node: string; readonly isStill: boolean }): number {
  const held = row.timeline?.held.find((each) => each.node === node);
  if (held === undefined) return Infinity;
  // It was placed so much before its answer.
  const end = realEnd(row);
  const answeredMs = row.timeline?.answeredMs;
  const placedAt = end === undefined || answeredMs === undefined ? row.sentAt : Math.max(row.sentAt, end - answeredMs);
  const really = placedAt + held.ms;
  if (isStill) return really;
  return really + frameDelayMs + requestMs + (node === row.leaderId ? 0 : travelMs + returnMs);
}
