/**
 * What the leader lets go by the retention of the cluster, and where it moves the base: it asks its storage what would go
 * (`survey`), about once a second, and decides exact numbers.
 *
 * A wrong clock deletes nothing: entries go for their age only while the leader's wall clock is near those of a majority. A base
 * waits until it frees as much as its checkpoint takes, and for the followers that the leader feeds, so that none of them must start
 * over; but not for one that is away, or if there is no room, or twice as much on the disk as the retention allows.
 */

import { isNearMajority } from './clock-agreement.ts';
import { checkpointKeyBytes } from '../model/checkpoint.ts';
import type { Survey, SurveyWish } from '../model/checkpoint.ts';
import type { Base, Control, Retention } from '../model/control.ts';
import { keepsAll } from '../model/control.ts';
import { instantMs, offset, timestampMs } from '../model/numbers.ts';
import type { InstantMs, Offset } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Followers } from './followers.ts';
import type { LogDates } from './log-dates.ts';

const surveyEveryMs = 1000;
/** If less than this part of the log would go, it goes no more often than every so many milliseconds. */
const smallPart = 0.01;
const smallEveryMs = 5000;
/** How many times the bytes that are to be kept may lie on the disk for the sake of a follower that is behind. */
const pinFactor = 2;

export class Retaining {
  readonly #context: NodeContext;
  readonly #followers: Followers;
  readonly #dates: LogDates;
  #surveyAt: InstantMs;
  #isSurveying = false;
  #trimmedAt: InstantMs | undefined;
  /** Where the log ended when something went last, and by which retention. */
  #trimmed: { readonly end: Offset; readonly by: Retention } | undefined;
  #doubtedSince: InstantMs | undefined;
  #isDoubtSaid = false;

  constructor(context: NodeContext, parts: { readonly followers: Followers; readonly dates: LogDates }) {
    this.#context = context;
    this.#followers = parts.followers;
    this.#dates = parts.dates;
    this.#surveyAt = context.now;
  }

  /** Nothing goes for its age now, because the leader's clock is not near those of a majority. */
  get isHeldByClock(): boolean {
    return this.#doubtedSince !== undefined;
  }

  get #retention(): Retention {
    return this.#context.outline.controls.retention ?? keepsAll;
  }

  tick(): void {
    const { now, out, outline } = this.#context;
    this.#judgeClock();
    if (this.#isSurveying || now < this.#surveyAt) return;
    this.#surveyAt = instantMs(now + surveyEveryMs);
    const { maxAgeMs, maxBytes, maxEntries } = this.#retention;
    const { firstOffset } = outline.controls;
    const isLimited = maxAgeMs !== null || maxBytes !== null || maxEntries !== null;
    if (!isLimited && firstOffset <= outline.base.offset) return;
    const date = Math.min(this.#context.wallClock, this.#dates.next());
    const isByAge = maxAgeMs !== null && !this.isHeldByClock && date >= maxAgeMs;
    const wish: SurveyWish = {
      olderThan: isByAge ? timestampMs(date - maxAgeMs) : undefined,
      bytesMax: maxBytes ?? undefined,
      before: offset(Math.min(outline.committedEnd, Math.max(firstOffset, this.#ofEntries))),
    };
    this.#isSurveying = true;
    out.beside({ kind: 'survey', wish });
  }

  /** @returns what to decide, one after the other: a base in what the trim before it lets go */
  surveyed(survey: Survey): Control[] {
    this.#isSurveying = false;
    const firstOffset = this.#firstToStay(survey);
    const trim: Control[] = firstOffset === undefined ? [] : [{ kind: 'trim', firstOffset }];
    const base = this.#base(survey, firstOffset ?? this.#context.outline.controls.firstOffset);
    return base === undefined ? trim : [...trim, { kind: 'base', base }];
  }

  /** The first entry that stays by the number of entries. What is still being written may yet be refused, and does not count. */
  get #ofEntries(): number {
    const { maxEntries } = this.#retention;
    return maxEntries === null ? 0 : this.#context.outline.durable.offset - maxEntries;
  }

  /** @returns `undefined` if nothing should go now */
  #firstToStay({ ofAge, ofBytes }: Survey): Offset | undefined {
    const { outline, now } = this.#context;
    const { committedEnd } = outline;
    const { firstOffset } = outline.controls;
    const wanted = offset(Math.min(committedEnd, Math.max(ofAge ?? 0, ofBytes ?? 0, this.#ofEntries)));
    if (wanted <= firstOffset) return undefined;
    const isSmall = wanted - firstOffset < smallPart * (committedEnd - firstOffset);
    if (isSmall && this.#trimmedAt !== undefined && now - this.#trimmedAt < smallEveryMs) return undefined;
    // A trim takes bytes itself: a log that does not grow would go bit by bit for the sake of its own trims.
    const isByAge = wanted === ofAge;
    if (!isByAge && this.#trimmed?.end === outline.end.offset && this.#trimmed.by === this.#retention) return undefined;
    this.#trimmedAt = now;
    this.#trimmed = { end: outline.end.offset, by: this.#retention };
    return wanted;
  }

  /** @param trimmed - the first offset when the base is decided */
  #base({ base, storedBytes }: Survey, trimmed: Offset): Base | undefined {
    const { outline, room } = this.#context;
    if (base === undefined || base.number <= (outline.controls.base?.number ?? 0)) return undefined;
    if (base.number > outline.committedNumber || base.offset > trimmed) return undefined;
    const { maxBytes } = this.#retention;
    const isTooMuch = room.short !== undefined || (maxBytes !== null && storedBytes > pinFactor * maxBytes);
    if (!isTooMuch && base.freedBytes < outline.keyCount * checkpointKeyBytes) return undefined;
    if (!isTooMuch) for (const end of this.#followers.sentEnds()) if (end < base.number) return undefined;
    const { number, offset: first, lastTimestamp, lastAge } = base;
    // A longer window brings no key back that the base before left out: a node that began there has none of them any more.
    const known = outline.controls.base?.keysFrom ?? 0;
    const keysFrom: Offset = offset(Math.max(known, Math.min(outline.keysFrom, first)));
    return { number, offset: first, keysFrom, lastTimestamp, lastAge, retention: outline.controls.retention ?? null };
  }

  #judgeClock(): void {
    const { now, out, options, wallClock } = this.#context;
    const isDoubted = this.#retention.maxAgeMs !== null && !isNearMajority(wallClock, this.#followers.clocks());
    if (!isDoubted) {
      if (this.#isDoubtSaid) out.emit('info', 'retention.clock-believed');
      this.#isDoubtSaid = false;
      this.#doubtedSince = undefined;
      return;
    }
    this.#doubtedSince ??= now;
    // At first the clocks of the others are not known.
    if (this.#isDoubtSaid || now - this.#doubtedSince < options.health.unhealthyAfterMs) return;
    this.#isDoubtSaid = true;
    out.emit('error', 'retention.clock-not-believed', { wallClock });
  }
}
