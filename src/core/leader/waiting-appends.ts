/**
 * Appends that have a place in the leader's log and wait for their write concern, and `acknowledgedEnd`, which follows from
 * them. They are here, and only here, from the moment that their batch is decided on, so that each gets an answer in time even
 * if the disk hangs in the middle of writing the batch.
 *
 * Each write concern has its own queue, in the order of the log. Whatever one append in a queue waits for, all behind it wait
 * for too, so only the heads are examined, and a `w=1` never waits behind another client's `w=3`.
 *
 * A retry may wait for an entry of an earlier epoch. Until that entry is committed, a node that holds it without the marker of
 * this epoch does not count: the next leader may cut the entry, no matter how many nodes hold it (dissertation, section 3.6.2).
 * A new append needs no such rule: every node that holds it also holds the marker before it.
 *
 * Invariant: `acknowledgedEnd` never goes down within an epoch. An append whose client gave up counts as acknowledged once it
 * is committed.
 */

import type { Epoch, InstantMs, NodeId, Offset, RequestId } from '../model/numbers.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import type { BatchNumber } from '../model/numbers.ts';
import type { MessagePlaces } from '../model/events.ts';
import type { Outbox } from '../node/outbox.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { quorumEnd } from '../members/quorum.ts';
import type { WriteConcern } from '../../api/entries.ts';

export interface WaitingAppend {
  readonly requestId: RequestId;
  readonly offset: Offset;
  readonly entryCount: number;
  /** The number of its batch. */
  readonly number: BatchNumber;
  /** The epoch in which it was written. */
  readonly epoch: Epoch;
  readonly w: WriteConcern;
  readonly deadline: InstantMs;
  /** Set if its messages have keys of their own. All the above is then of the one that comes last in the log. */
  readonly places?: MessagePlaces | undefined;
}

/** Roughly what a waiting append takes in memory, and what each place of its messages does. */
const appendBytes = 512;
const placeBytes = 16;

/** A member of the list in force, and one past the last batch that it holds durably. */
export interface Holder {
  readonly id: NodeId;
  readonly since: BatchNumber;
  readonly durableEnd: BatchNumber;
}

export interface Holding {
  /** The leader's own end, whether or not it is a member. */
  readonly leaderDurableEnd: BatchNumber;
  readonly committedNumberEnd: BatchNumber;
  readonly committedEnd: Offset;
  readonly members: readonly Holder[];
}

/** Whether a write concern asks for more nodes than there are members. More members may still join. */
export function isAbove(w: WriteConcern, memberCount: number): boolean {
  return typeof w === 'number' && w > memberCount;
}

export class WaitingAppends {
  readonly #out: Outbox;
  /** The first batch of this epoch. */
  readonly #markerNumber: BatchNumber;
  readonly #queuesByConcern = new Map<WriteConcern, WaitingAppend[]>();
  #acknowledgedEnd: Offset;
  /** Appends whose clients gave up, and which are not committed yet. */
  #givenUp: { readonly end: Offset; readonly number: BatchNumber }[] = [];
  #length = 0;
  /** Places of messages that have keys of their own. */
  #placeCount = 0;

  constructor(out: Outbox, epoch: { readonly markerNumber: BatchNumber; readonly acknowledgedEnd: Offset }) {
    this.#out = out;
    this.#markerNumber = epoch.markerNumber;
    this.#acknowledgedEnd = epoch.acknowledgedEnd;
  }

  get acknowledgedEnd(): Offset {
    return this.#acknowledgedEnd;
  }

  get length(): number {
    return this.#length;
  }

  /** The memory that they take: next to nothing, since their messages are in the log. */
  get byteCount(): number {
    return appendBytes * this.#length + placeBytes * this.#placeCount;
  }

  /** How many appends wait for more nodes than there are members. */
  countAbove(memberCount: number): number {
    let count = 0;
    for (const [w, queue] of this.#queuesByConcern) if (isAbove(w, memberCount)) count += queue.length;
    return count;
  }

  add(append: WaitingAppend): void {
    let queue = this.#queuesByConcern.get(append.w);
    if (queue === undefined) this.#queuesByConcern.set(append.w, (queue = []));
    // A retry of an older append goes before newer ones.
    let index = queue.length;
    while (index > 0 && (queue[index - 1]?.number ?? 0) > append.number) index -= 1;
    queue.splice(index, 0, append);
    this.#length += 1;
    this.#placeCount += append.places?.offsets.length ?? 0;
  }

  /** Answers every append whose write concern is met. */
  answerMet(holding: Holding): void {
    for (const [w, queue] of this.#queuesByConcern) {
      const metEnd = metEndOf(w, holding);
      let met = 0;
      for (const append of queue) {
        const number = this.#numberToHold(append, holding);
        if (number >= metEnd || (w === 'all' && !isHeldByAll(append, number, holding))) break;
        met += 1;
        this.#acknowledge(append, acksOf(number, holding));
      }
      if (met > 0) this.#remove(queue, 0, met);
      // Clients may use any number as `w`: no empty queue stays behind for each.
      if (queue.length === 0) this.#queuesByConcern.delete(w);
    }
    if (this.#givenUp.length > 0) {
      for (const { end } of this.#givenUp) if (end <= holding.committedEnd) this.#showUpTo(end);
      this.#givenUp = this.#givenUp.filter(({ end }) => end > holding.committedEnd);
    }
  }

  /** Fails every append whose deadline has passed, as `unknown`. */
  expire(now: InstantMs, holding: Holding): void {
    this.#failWhere((append) => append.deadline <= now, 'concern-timeout', holding);
  }

  /** The epoch ends, or the node stops: fails all appends. */
  failAll(code: ProblemCode, holding: Holding): void {
    this.#failWhere(() => true, code, holding);
  }

  /** The client went away. @returns whether its append was waiting here */
  abandon(requestId: RequestId): boolean {
    for (const queue of this.#queuesByConcern.values()) {
      const index = queue.findIndex((append) => append.requestId === requestId);
      const append = queue[index];
      if (append === undefined) continue;
      this.#giveUp(append);
      this.#remove(queue, index, 1);
      return true;
    }
    return false;
  }

  /** There was no room for batch `number`: takes the appends that still wait for it. Its number will be used again. */
  takeRefused(number: BatchNumber): WaitingAppend[] {
    const refused: WaitingAppend[] = [];
    for (const queue of this.#queuesByConcern.values()) {
      for (let index = queue.length - 1; index >= 0; index -= 1) {
        const append = queue[index];
        if (append === undefined || append.number < number) break;
        refused.unshift(append);
        this.#remove(queue, index, 1);
      }
    }
    this.#givenUp = this.#givenUp.filter((gone) => gone.number < number);
    return refused;
  }

  #acknowledge(append: WaitingAppend, acks: number): void {
    this.#showUpTo(endOf(append));
    const { requestId, epoch, places } = append;
    this.#out.reply({ kind: 'appended', requestId, ...placeOf(append), epoch, acks, ...(places !== undefined && { places }) });
  }

  #failWhere(isOver: (append: WaitingAppend) => boolean, code: ProblemCode, holding: Holding): void {
    for (const queue of this.#queuesByConcern.values()) {
      for (let index = queue.length - 1; index >= 0; index -= 1) {
        const append = queue[index];
        if (append === undefined || !isOver(append)) continue;
        const number = this.#numberToHold(append, holding);
        const acks = acksOf(number, holding);
        const waitingFor = holding.members.filter((member) => member.durableEnd <= number).map((member) => member.id);
        const told = placeOf(append);
        this.#out.fail(
          append.requestId,
          code,
          `stored at offset ${told.offset}${append.places === undefined ? '' : ' and others'}, but only ${acks} ${acks === 1 ? 'node has' : 'nodes have'} confirmed it (w=${append.w})`,
          {
            offset: told.offset,
            count: told.entryCount,
            ...(append.places !== undefined && { offsets: append.places.offsets }),
            epoch: append.epoch,
            w: append.w,
            acks,
            waitingFor,
          },
          { offset: told.offset, acks },
        );
        this.#giveUp(append);
        this.#remove(queue, index, 1);
      }
    }
  }

  #giveUp(append: WaitingAppend): void {
    this.#givenUp.push({ end: endOf(append), number: append.number });
  }

  #remove(queue: WaitingAppend[], index: number, count: number): void {
    const removed = queue.splice(index, count);
    this.#length -= removed.length;
    for (const { places } of removed) this.#placeCount -= places?.offsets.length ?? 0;
  }

  /** The batch that a node must hold durably to count for this append. */
  #numberToHold(append: WaitingAppend, { committedEnd }: Holding): BatchNumber {
    const mayBeCut = append.number < this.#markerNumber && endOf(append) > committedEnd;
    return mayBeCut ? this.#markerNumber : append.number;
  }

  #showUpTo(end: Offset): void {
    if (end > this.#acknowledgedEnd) this.#acknowledgedEnd = end;
  }
}

/** What its client is told: where its first message is, and how many it has. */
function placeOf({ offset: first, entryCount, places }: WaitingAppend): { readonly offset: Offset; readonly entryCount: number } {
  return places === undefined ? { offset: first, entryCount } : { offset: places.offsets[0] ?? first, entryCount: places.offsets.length };
}

function endOf(append: WaitingAppend): Offset {
  return offset(append.offset + append.entryCount);
}

/**
 * One past the last batch whose appends may be answered at this write concern. Whatever the others hold, no append is answered
 * before the leader's own flush: its batch may still be in writing, and may still find no room.
 */
function metEndOf(w: WriteConcern, holding: Holding): BatchNumber {
  return batchNumber(Math.min(heldEndOf(w, holding), holding.leaderDurableEnd));
}

/** One past the last batch that `w` nodes hold. There is no such end for `all`, which depends on the members of each append. */
function heldEndOf(w: WriteConcern, { committedNumberEnd, members }: Holding): number {
  if (w === 'all') return Number.POSITIVE_INFINITY;
  if (w === 'majority') return committedNumberEnd;
  return quorumEnd(
    w,
    members.map((member) => member.durableEnd),
  );
}

/** `all` means the members at the time of the append, except those removed since. */
function isHeldByAll(append: WaitingAppend, number: BatchNumber, holding: Holding): boolean {
  return holding.members.every((member) => member.since > append.number || member.durableEnd > number);
}

function acksOf(number: BatchNumber, holding: Holding): number {
  return holding.members.filter((member) => member.durableEnd > number).length;
}
