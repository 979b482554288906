/**
 * The date of the next batch. Dates are for people and never go back from one batch to the next, so a wrong one ahead
 * would stay: what a wall clock says is believed only
 *
 * - as far as a majority's wall clocks say the same within a minute (clock-agreement.ts), at once; else
 * - as far as the monotonic clock saw time pass since the last batch. Beyond that a new leader may be ahead by an hour;
 *   and a member that is alone, with nobody to ask, believes its clock when it starts (it may have been off), and later
 *   when the clock has stood by what it says for ten minutes. More than 400 days must stand for a day.
 *
 * Where the log is ahead of the clock, its date stands still until the clock has come up to it. Nothing is decided by
 * dates: idempotency keys grow old by the log's age.
 */

import { agreedTime } from './clock-agreement.ts';
import type { AgreedTime } from './clock-agreement.ts';
import type { NodeContext } from '../node/context.ts';
import { instantMs, timestampMs } from '../model/numbers.ts';
import type { InstantMs, TimestampMs } from '../model/numbers.ts';

/** A difference that is worth a line in the log. */
const saidFromMs = 60_000;
const newLeaderMs = 3_600_000;
const dayMs = 24 * 3_600_000;
/** How long a node may have been off for its clock to be believed when it starts. */
const offMsMax = 400 * dayMs;
/** How long a lone clock must stand by what it says. */
const standingMs = 600_000;
const standingIfFarMs = dayMs;
/** A clock stands by what it says while it is moved by no more than this. */
const movedMs = 5000;

/** What the members' wall clocks say, as far as they are known. */
export interface Clocks {
  readonly memberCount: number;
  readonly majority: number;
  /** At this instant, this node's own included. */
  readonly known: readonly number[];
}

export class LogDates {
  readonly #context: NodeContext;
  /** The latest date that time itself vouches for, and when it did. */
  #vouched: { readonly date: number; readonly at: InstantMs };
  /** The agreed time, less the instant of the look: it goes on between two looks. */
  #agreed: AgreedTime | undefined;
  /** What the own wall clock says, less the monotonic clock, and since when it does. */
  #offset = { ms: 0, since: instantMs(0) };
  /** Of the log when it was looked at last: it goes back by a cut only. */
  #lastTimestamp: TimestampMs;
  /** How far the own clock is ahead of what this node dates with as the leader; negative if it is behind. */
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

  /** By how much the own clock is ahead of the dates that this node gives as the leader, if that is much. */
  get doubtedMs(): number {
    return this.#isDoubted ? Math.round(this.#doubtedMs) : 0;
  }

  /** On a leader: how far the wall clocks of members are apart, as far as they are known. */
  get spreadMs(): number {
    return this.#spreadMs;
  }

  /** By how much the log is dated ahead of this node's wall clock. */
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

  /** What was dated with good reason vouches for itself. */
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
    // It stands still until it is caught up with: said once, and once when it is over.
    if (isAhead === this.#isAhead || (this.#isAhead && aheadMs > 0)) return;
    this.#isAhead = isAhead;
    const { out, outline } = this.#context;
    const facts = { aheadMs, lastTimestamp: outline.lastTimestamp };
    if (isAhead) out.emit('warn', 'log.dated-ahead', facts);
    else out.emit('info', 'log.date-caught-up', facts);
  }

  /** The clock of a node that leads says something else than what batches are dated with. */
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
