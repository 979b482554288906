/**
 * Entries on their way from the leader to one follower, as dots. A dot leaves when its entries are placed, and arrives when
 * the follower has said that it holds them; until then it goes at the follower's usual speed and waits before its door, behind
 * those that wait there already. Its place is a number from 0 (leader) to 1 (follower).
 *
 * Invariant: flights are in the order of their entries, and none has passed the one before it.
 */

import { returnMs, travelMs } from './picture-times.ts';

export interface Flight {
  start: number;
  end: number;
  /** By the clock of `advance`; it is not shown before. */
  bornAt: number;
  /** When its entries were held, if that is known: it may go in then. */
  heldAt: number | undefined;
  place: number;
}

/** An acknowledgement on its way back, from 1 to 0. */
export interface Return {
  place: number;
}

/** Where a dot waits whose entries are not held yet. */
const doorPlace = 0.86;
/** No dot goes further while the follower cannot be reached. */
const closedPlace = 0.08;
/** Entries placed within this time share a dot; or within this part of the time that the follower takes, so that dots stay apart. */
const sharingMs = 90;
const sharingShare = 0.14;
/** A dot that has gone so far takes no more entries. */
const sharingPlace = 0.2;

export class Stream {
  readonly flights: Flight[] = [];
  readonly returns: Return[] = [];
  isOpen = true;
  /** How far apart those stand that wait, as a part of the way. */
  queueGap = 0.12;
  /** At once. */
  dotsMax = 8;
  #heldEnd: number;
  #placedEnd: number;
  /** How long the follower takes, by the last it held. */
  #usualMs = travelMs;

  /** What is placed already and not held waits at the leader, as one dot. */
  constructor({ heldEnd, placedEnd }: { readonly heldEnd: number; readonly placedEnd: number }) {
    this.#heldEnd = heldEnd;
    this.#placedEnd = Math.max(heldEnd, placedEnd);
    if (placedEnd > heldEnd) this.flights.push({ start: heldEnd, end: placedEnd, bornAt: 0, heldAt: undefined, place: 0 });
  }

  placed(start: number, end: number, at: number): void {
    const from = Math.max(start, this.#placedEnd);
    if (end <= from) return;
    this.#placedEnd = end;
    const last = this.flights.at(-1);
    if (last !== undefined && last.end === from && last.place < sharingPlace && at - last.bornAt < this.#sharingMs) {
      last.end = end;
      last.heldAt = undefined;
      return;
    }
    this.flights.push({ start: from, end, bornAt: at, heldAt: undefined, place: 0 });
    this.#thin();
  }

  held(end: number, at: number): void {
    if (end < this.#heldEnd) {
      // A follower that lost what it had.
      this.#heldEnd = end;
      return;
    }
    // Older entries than any dot carries: the follower catches up, and what it got goes in as one more dot.
    const [first] = this.flights;
    const caughtUp = Math.min(end, first?.start ?? end);
    if (caughtUp > this.#heldEnd) {
      this.flights.unshift({ start: this.#heldEnd, end: caughtUp, bornAt: at, heldAt: at, place: first?.place ?? 0 });
    }
    this.#placedEnd = Math.max(this.#placedEnd, end);
    this.#heldEnd = end;
    for (const [index, flight] of this.flights.entries()) {
      if (flight.heldAt !== undefined || flight.start >= end) continue;
      if (flight.end > end) {
        this.#split(index, end, at);
        break;
      }
      flight.heldAt = Math.max(at, flight.bornAt);
      if (flight.bornAt > 0) this.#usualMs += 0.4 * (flight.heldAt - flight.bornAt - this.#usualMs);
    }
    this.#thin();
  }

  /** A part of a dot is held: it goes with the one before it, if that has only just been let in, or else alone. */
  #split(index: number, end: number, at: number): void {
    const flight = this.flights[index];
    if (flight === undefined) return;
    const before = this.flights[index - 1];
    if (before?.heldAt !== undefined && at - before.heldAt < this.#sharingMs && before.end === flight.start) before.end = end;
    else this.flights.splice(index, 0, { ...flight, end, heldAt: Math.max(at, flight.bornAt) });
    flight.start = end;
  }

  /** Moves all dots. @param now - and the time since the last call, in ms */
  advance(now: number, passedMs: number): void {
    const waitingSpeed = doorPlace / Math.max(travelMs, this.#usualMs);
    let ahead = Infinity;
    for (const flight of this.flights) {
      if (now < flight.bornAt) continue;
      const mayGoIn = flight.heldAt !== undefined && flight.heldAt <= now;
      const limit = mayGoIn ? 1 : Math.min(this.isOpen ? doorPlace : closedPlace, ahead - this.queueGap);
      const step = passedMs * (mayGoIn ? 1 / travelMs : waitingSpeed);
      flight.place = Math.max(flight.place, Math.min(limit, flight.place + step));
      ahead = flight.place;
    }
    for (const back of this.returns) back.place -= passedMs / returnMs;
    while (this.returns[0] !== undefined && this.returns[0].place <= 0) this.returns.shift();
    while (this.flights[0] !== undefined && this.flights[0].place >= 1) {
      this.flights.shift();
      // Acknowledgements are cumulative: one close behind another says the same.
      if (this.returns.at(-1)?.place !== 1) this.returns.push({ place: 1 });
    }
  }

  /** Whether the next `advance` can change anything. */
  get isMoving(): boolean {
    if (this.returns.length > 0) return true;
    return this.flights.some((flight, index) => {
      if (flight.heldAt !== undefined) return true;
      const ahead = this.flights[index - 1]?.place ?? Infinity;
      return flight.place < Math.min(this.isOpen ? doorPlace : closedPlace, ahead - this.queueGap) - 0.001;
    });
  }

  /** Entries under way. */
  get entryCount(): number {
    return this.flights.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  get #sharingMs(): number {
    return Math.max(sharingMs, this.#usualMs * sharingShare);
  }

  /** Too many dots: the two oldest neighbours that wait alike become one. */
  #thin(): void {
    while (this.flights.length > this.dotsMax) {
      const at = this.flights.findIndex((flight, index) => {
        const next = this.flights[index + 1];
        return next !== undefined && (flight.heldAt === undefined) === (next.heldAt === undefined);
      });
      const [one, other] = [this.flights[Math.max(0, at)], this.flights[Math.max(0, at) + 1]];
      if (one === undefined || other === undefined) return;
      one.end = other.end;
      one.heldAt = one.heldAt === undefined || other.heldAt === undefined ? undefined : Math.max(one.heldAt, other.heldAt);
      this.flights.splice(Math.max(0, at) + 1, 1);
    }
  }
}

/** Grows slowly with how much a dot stands for. */
export function dotRadius(entryCount: number): number {
  return entryCount <= 1 ? 4.5 : Math.min(13, 7 + 2 * Math.log10(entryCount));
}

/** "7", "950", "1.2k", "34k", "5M" */
export function shortCount(entryCount: number): string {
  if (entryCount < 1000) return String(entryCount);
  if (entryCount < 9950) return `${(entryCount / 1000).toFixed(1)}k`;
  if (entryCount < 999_500) return `${Math.round(entryCount / 1000)}k`;
  return `${Math.round(entryCount / 1_000_000)}M`;
}
