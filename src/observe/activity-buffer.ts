/**
 * What happened to entries since it was asked for last, in order: given a place, held by a node, committed, answered.
 *
 * At most 256 at a time. When one more comes, the series that has most of them is thinned, a series being a kind of event
 * at one node: its first and its newest stay, and every second one between them. So a busy kind never drowns a rare one,
 * and since ends are cumulative, what is said of a series stays true: an entry is only seen a little later to be there.
 */

import type { ActivityEvent } from '../api/activity.ts';

const eventsMax = 256;

interface Series {
  length: number;
}

interface Buffered {
  readonly event: ActivityEvent;
  readonly series: Series;
}

export class ActivityBuffer {
  #events: Buffered[] = [];
  readonly #series = new Map<string, Series>();

  add(event: ActivityEvent): void {
    if (this.#events.length === eventsMax) this.#thin();
    const name = seriesOf(event);
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = { length: 0 }));
    series.length += 1;
    this.#events.push({ event, series });
  }

  /** All that there are, which are then no more. */
  take(): ActivityEvent[] {
    const events = this.#events.map(({ event }) => event);
    this.#events = [];
    this.#series.clear();
    return events;
  }

  #thin(): void {
    let longest: Series = { length: 0 };
    for (const series of this.#series.values()) if (series.length > longest.length) longest = series;
    const { length } = longest;
    const kept: Buffered[] = [];
    let index = 0;
    let dropped: ActivityEvent | undefined;
    for (const buffered of this.#events) {
      if (buffered.series !== longest) {
        kept.push(buffered);
      } else if (isKept(index++, length)) {
        kept.push({ series: longest, event: withStartOf(dropped, buffered.event) });
        dropped = undefined;
      } else {
        dropped = buffered.event;
        longest.length -= 1;
      }
    }
    this.#events = kept;
  }
}

/** What fails is not among what goes well: there is little of it, and it matters. */
function seriesOf(event: ActivityEvent): string {
  if (event.kind === 'held') return `held ${event.node}`;
  if (event.kind === 'answered' && event.code !== null) return event.code;
  return event.kind;
}

/** Of a series of this length. Where each series has one event, the oldest of all goes. */
function isKept(index: number, length: number): boolean {
  if (length <= 2) return index === length - 1 && length === 2;
  return index % 2 === 0 || index === length - 1;
}

/** A place that is not mentioned any more is in that of the next one. */
function withStartOf(dropped: ActivityEvent | undefined, event: ActivityEvent): ActivityEvent {
  if (dropped?.kind !== 'placed' || event.kind !== 'placed') return event;
  return { ...event, start: Math.min(dropped.start, event.start) };
}
