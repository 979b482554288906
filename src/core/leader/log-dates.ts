/**
 * The date of the next batch. Dates are for people. They never go back from one batch to the next, so a date too far ahead
 * would stay. Therefore a wall clock is believed only
 *
 * - at once, if the wall clocks of a majority agree within a minute (clock-agreement.ts); otherwise
 * - as far as time has passed since the last batch by the monotonic clock. A new leader may go beyond that by an hour. A lone
 *   member, which has no other clock to compare with, believes its clock when it starts, since it may have been off, and later
 *   once the clock has kept to its time for ten minutes. If the clock is more than 400 days ahead, it must do so for a day.
 *
 * If the log is ahead of the clock, its date stands still until the clock has caught up. Nothing is decided by dates:
 * idempotency keys expire by the age of the log.
 */

import { agreedTime } from './clock-agreement.ts';
import type { AgreedTime } from './clock-agreement.ts';
import type { NodeContext } from '../node/context.ts';
import { instantMs, timestampMs } from '../model/numbers.ts';
import type { InstantMs, TimestampMs } from '../model/numbers.ts';

/** A difference from this on is logged. */
const saidFromMs = 60_000;
const newLeaderMs = 3_600_000;
const dayMs = 24 * 3_600_000;
/** A lone node's clock is believed at its start only if the node was off for no longer than this. */
const offMsMax = 400 * dayMs;
/** How long a lone clock must keep to its time to be believed; the second one if it is far ahead. */
const standingMs = 600_000;
const standingIfFarMs = dayMs;
/** A clock keeps to its time as long as it deviates from the monotonic clock by no more than this. */
const movedMs = 5000;

/** The members' wall clocks, as far as they are known. */
export interface Clocks {
  readonly memberCount: number;
  readonly majority: number;
  /** The present times, including this node's own. */
  readonly known: readonly number[];
}

export class LogDates {
  readonly #context: NodeContext;
  /** The newest date that is trusted, and when that was: later dates follow from it by the monotonic clock. */
  #vouched: { readonly date: number; readonly at: InstantMs };
  /** The agreed time minus the instant at which it was determined, so that it moves on by itself. */
  #agreed: AgreedTime | undefined;
  /** This node's wall clock minus its monotonic clock, and since when that has been so. */
  #offset = { ms: 0, since: instantMs(0) };
  /** The log's last timestamp at the last check. Only a cut makes it go back. */
  #lastTimestamp: TimestampMs;
  /** How far this node's clock is ahead of the dates that it gives as the leader; negative if it is behind. */
  #doubtedMs = 0;
  #spreadMs = 0;
  #hasBegun = false;
  #isAhead = false;
  #isDoubted = false;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#lastTimestamp = context.outline.lastTimestamp;
    this.#vouched = { date: this.#lastTimestamp, at: context.now };
  }

  /** How far this node's clock is ahead of the dates that it gives as the leader, if that is a minute or more; else 0. */
  get doubtedMs(): number {
    return this.#isDoubted ? Math.round(this.#doubtedMs) : 0;
  }

  /** On the leader: how far apart the members' wall clocks are, as far as they are known. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /** How far the date of the log is ahead of this node's wall clock. */
  get aheadMs(): number {
    const { outline, wallClock } = this.#context;
    return Math.max(0, outline.lastTimestamp - wallClock);
  }

  /** Once per tick, on every node. @param clocks - `undefined` on a node that does not lead */
  tick(clocks: Clocks | undefined): void {
    this.#noteProgress();
    this.#noteOffset();
    const known = clocks?.known ?? [];
    this.#spreadMs = known.length < 2 ? 0 : Math.round(Math.max(...known) - Math.min(...known));
    if (clocks !== undefined) this.#judgeClocks(clocks);
    this.#logAhead();
    this.#logDoubt(clocks);
  }

  /** This node begins to lead. */
  beginEpoch(clocks: Clocks): void {
    const { now, wallClock, outline } = this.#context;
    this.#noteProgress();
    this.#noteOffset();
    this.#judgeClocks(clocks);
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    const passed = this.#passed;
    if (this.#agreed !== undefined || wallClock <= passed) return;
    const isAlone = clocks.memberCount === 1;
    const wasOff = isAlone && isFirst && wallClock - passed <= offMsMax;
    if (outline.end.number === 0 || wasOff) this.#vouched = { date: wallClock, at: now };
    else if (!isAlone) this.#vouched = { date: Math.min(wallClock, passed + newLeaderMs), at: now };
  }

  next(): TimestampMs {
    const { wallClock, outline, now } = this.#context;
    const date = this.#agreed === undefined ? Math.min(wallClock, this.#passed) : clamp(wallClock - now, this.#agreed) + now;
    return timestampMs(Math.max(outline.lastTimestamp, Math.floor(date)));
  }

  /** The date by the monotonic clock alone. */
  get #passed(): number {
    return this.#vouched.date + (this.#context.now - this.#vouched.at);
  }

  /** A newer date in the log is trusted, since it was given for a good reason. After a cut, the last date that remains is. */
  #noteProgress(): void {
    const { outline, now } = this.#context;
    const { lastTimestamp } = outline;
    if (lastTimestamp > this.#passed || lastTimestamp < this.#lastTimestamp) this.#vouched = { date: lastTimestamp, at: now };
    this.#lastTimestamp = lastTimestamp;
  }

  #noteOffset(): void {
    const { wallClock, now } = this.#context;
    const ms = wallClock - now;
    if (Math.abs(ms - this.#offset.ms) > movedMs) this.#offset = { ms, since: now };
  }

  #judgeClocks(clocks: Clocks): void {
    const { now, wallClock } = this.#context;
    const agreed = agreedTime(clocks.known, clocks.majority);
    this.#agreed = agreed === undefined ? undefined : { low: agreed.low - now, high: agreed.high - now };
    if (clocks.memberCount > 1 || wallClock <= this.#passed) return;
    const isFar = wallClock - this.#passed > offMsMax;
    const standsMs = now - this.#offset.since;
    if (standsMs >= (isFar ? standingIfFarMs : standingMs)) this.#vouched = { date: wallClock, at: now };
  }

  #logAhead(): void {
    const { aheadMs } = this;
    const isAhead = aheadMs >= saidFromMs;
    // Logged once when it begins, and once when the clock has caught up.
    if (isAhead === this.#isAhead || (this.#isAhead && aheadMs > 0)) return;
    this.#isAhead = isAhead;
    const { out, outline } = this.#context;
    const facts = { aheadMs, lastTimestamp: outline.lastTimestamp };
    if (isAhead) out.emit('warn', 'log.dated-ahead', facts);
    else out.emit('info', 'log.date-caught-up', facts);
  }

  /** Logs when the leader's clock begins to differ from the dates of its batches, and when that is over. */
  #logDoubt(clocks: Clocks | undefined): void {
    const { out, wallClock } = this.#context;
    this.#doubtedMs = clocks === undefined ? 0 : this.#aheadOfBelief();
    const isDoubted = Math.abs(this.#doubtedMs) >= saidFromMs;
    if (isDoubted === this.#isDoubted) return;
    this.#isDoubted = isDoubted;
    const why = this.#agreed === undefined ? 'it says so alone' : 'the clocks of a majority say something else';
    if (isDoubted) out.emit('warn', 'clock.not-believed', { aheadMs: Math.round(this.#doubtedMs), wallClock, why });
    else out.emit('info', 'clock.believed', { wallClock });
  }

  #aheadOfBelief(): number {
    const { wallClock, now } = this.#context;
    if (this.#agreed !== undefined) return wallClock - now - clamp(wallClock - now, this.#agreed);
    return Math.max(0, wallClock - this.#passed);
  }
}

function clamp(value: number, { low, high }: AgreedTime): number {
  return Math.max(low, Math.min(high, value));
}
