/**
 * What happened to entries since it was asked for last, in order: given a place, held by a node, committed, answered.
 *
 * At most 256 at a time. When one more comes, the line that has most of them is thinned, a line being a kind of moment
 * at one node: its first and its newest stay, and every second one between them. So a busy kind never drowns a rare one,
 * and since ends are cumulative, what is said of a line stays true: an entry is only seen a little later to be there.
 */

import type { ActivityEvent } from '../api/activity.ts';

const momentsMax = 256;

interface Line {
  length: number;
}

interface Noted {
  readonly moment: ActivityEvent;
  readonly line: Line;
}

export class Moments {
  #noted: Noted[] = [];
  readonly #lines = new Map<string, Line>();

  add(moment: ActivityEvent): void {
    if (this.#noted.length === momentsMax) this.#thin();
    const name = lineOf(moment);
    let line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, (line = { length: 0 }));
    line.length += 1;
    this.#noted.push({ moment, line });
  }

  /** All that there are, which are then no more. */
  take(): ActivityEvent[] {
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
    let dropped: ActivityEvent | undefined;
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
function lineOf(moment: ActivityEvent): string {
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
function withStartOf(dropped: ActivityEvent | undefined, moment: ActivityEvent): ActivityEvent {
  if (dropped?.kind !== 'placed' || moment.kind !== 'placed') return moment;
  return { ...moment, start: Math.min(dropped.start, moment.start) };
}
