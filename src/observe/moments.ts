/**
 * What happened to entries since it was asked for last, in order: given a place, held by a node, committed, answered.
 *
 * At most 256 at a time. When one more comes, the line that has most of them is thinned, a line being a kind of moment
 * at one node: its first and its newest stay, and every second one between them. So a busy kind never drowns a rare one,
 * and since ends are cumulative, what is said of a line stays true: an entry is only seen a little later to be there.
 */

import type { W } from '../core/model/write-concern.ts';
import type { ProblemCode } from '../api/problems.ts';

const momentsMax = 256;

/** `at` is in ms since 1970; an `end` is one past the last entry, and says the same of all before it. */
export type Moment = { readonly at: number } & (
  | { readonly kind: 'placed'; readonly start: number; readonly end: number }
  | { readonly kind: 'held'; readonly node: string; readonly end: number }
  | { readonly kind: 'committed'; readonly end: number }
  | {
      readonly kind: 'answered';
      /** `null` if it got no place. */
      readonly offset: number | null;
      /** Since it was asked for. */
      readonly ms: number;
      readonly acks: number;
      readonly w: W;
      /** Of the problem; `null` if it was acknowledged. */
      readonly code: ProblemCode | null;
    }
);

interface Line {
  length: number;
}

interface Noted {
  readonly moment: Moment;
  readonly line: Line;
}

export class Moments {
  #noted: Noted[] = [];
  readonly #lines = new Map<string, Line>();

  add(moment: Moment): void {
    if (this.#noted.length === momentsMax) this.#thin();
    const name = lineOf(moment);
    let line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, (line = { length: 0 }));
    line.length += 1;
    this.#noted.push({ moment, line });
  }

  /** All that there are, which are then no more. */
  take(): Moment[] {
    const moments = this.#noted.map(({ moment }) => moment);
    this.#noted = [];
    this.#lines.clear();
    return moments;
  }

  #thin(): void {
    let longest: Line = { length: 0 };
    for (const line of this.#lines.values()) if (line.length > longest.length) longest = line;
    const { length } = longest;
    const kept: Noted[] = [];
    let index = 0;
    let dropped: Moment | undefined;
    for (const noted of this.#noted) {
      if (noted.line !== longest) {
        kept.push(noted);
      } else if (isKept(index++, length)) {
        kept.push({ line: longest, moment: withStartOf(dropped, noted.moment) });
        dropped = undefined;
      } else {
        dropped = noted.moment;
        longest.length -= 1;
      }
    }
    this.#noted = kept;
  }
}

/** What fails is not among what goes well: there is little of it, and it matters. */
function lineOf(moment: Moment): string {
  if (moment.kind === 'held') return `held ${moment.node}`;
  if (moment.kind === 'answered' && moment.code !== null) return moment.code;
  return moment.kind;
}

/** Of a line of this length. Where each line has one moment, the oldest of all goes. */
function isKept(index: number, length: number): boolean {
  if (length <= 2) return index === length - 1 && length === 2;
  return index % 2 === 0 || index === length - 1;
}

/** A place that is not mentioned any more is in that of the next one. */
function withStartOf(dropped: Moment | undefined, moment: Moment): Moment {
  if (dropped?.kind !== 'placed' || moment.kind !== 'placed') return moment;
  return { ...moment, start: Math.min(dropped.start, moment.start) };
}
