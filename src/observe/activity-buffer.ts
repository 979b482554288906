/**
 * Collects what happens to entries (placed, held by a node, committed, answered), in order, until it is taken.
 *
 * It keeps at most 256 events. When one more comes, the longest series is thinned out; a series is a kind of event at
 * one node. Its first and last events stay, and every second one between. So a frequent kind never crowds out a rare
 * one. And because ends are cumulative, a thinned series is still true: an entry only seems to arrive a little later.
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

  /** Returns all events, and forgets them. */
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

/** Failures have series of their own: they are few, and they matter. */
function seriesOf(event: ActivityEvent): string {
  if (event.kind === 'held') return `held ${event.node}`;
  if (event.kind === 'answered' && event.code !== null) return event.code;
  return event.kind;
}

/**
 * Whether to keep the event at `index` of a series of this length. If every series has only one event, the oldest of
 * all is dropped.
 */
function isKept(index: number, length: number): boolean {
  if (length <= 2) return index === length - 1 && length === 2;
  return index % 2 === 0 || index === length - 1;
}

/** The entries of a dropped `placed` event are added to the next one. */
function withStartOf(dropped: ActivityEvent | undefined, event: ActivityEvent): ActivityEvent {
  if (dropped?.kind !== 'placed' || event.kind !== 'placed') return event;
  return { ...event, start: Math.min(dropped.start, event.start) };
}
