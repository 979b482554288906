/**
 * The listeners of one read level. New entries are encoded once and sent to all listeners, piece by piece, each piece
 * to all of them before the next. A listener that lags behind reads the log like any reader until its next entry is the
 * first of a piece, and then joins the others: so there is no gap and no repetition.
 *
 * Invariant: `#position` is the end of the last piece whose distribution has begun; a live listener that has been sent
 * that piece has its `next` there.
 */

import { offset } from '../../core/model/numbers.ts';
import type { LogEnds } from '../../driver/ends.ts';
import { LogError } from '../../api/problems.ts';
import { eventShapes } from '../dialects/list-format.ts';
import type { ListShape } from '../dialects/list-format.ts';
import type { EntrySource } from './entry-stream.ts';
import { ListWriter, pieceBytes } from './list-writer.ts';
import type { Piece } from './list-writer.ts';
import { unsentBytesMax } from '../wire/event-body.ts';
import type { Listener } from './listener.ts';
import { markOf } from './log-mark.ts';
import { notInLog, standingHere } from './place-proof.ts';
import { endAt } from './read-level.ts';
import type { ReadLevel } from './read-level.ts';
import type { Slices } from './slices.ts';
import { trimmedAt } from './trimmed.ts';

/** Pause before the next piece if a listener is slow: it may only need a moment. */
const catchUpGraceMs = 20;

export interface TailParts extends EntrySource {
  readonly slices: Slices;
  readonly failed: (error: unknown) => void;
}

export class FanOut {
  readonly #parts: TailParts;
  readonly #level: ReadLevel;
  /** All listeners, and those of them that have caught up. */
  #all = new Set<Listener>();
  #live = new Set<Listener>();
  #position = offset(0);
  #isPumping = false;
  #shapes = eventShapes(undefined);

  constructor(level: ReadLevel, parts: TailParts) {
    this.#level = level;
    this.#parts = parts;
  }

  get listenerCount(): number {
    return this.#all.size;
  }

  add(listener: Listener): void {
    this.#all.add(listener);
    this.#startCatchUp(listener);
  }

  remove(listener: Listener): void {
    this.#all.delete(listener);
    this.#live.delete(listener);
  }

  /** Called when the ends of the log have moved, or entries were cut. */
  onEndsChanged({ isCut, isTrimmed }: Pick<LogEnds, 'isCut' | 'isTrimmed'>): void {
    // Committed entries are never cut.
    if (isCut && this.#level === 'default') this.#endAtCut();
    if (isTrimmed) this.#endTrimmed();
    this.#pumpNew();
  }

  #pumpNew(): void {
    if (this.#live.size > 0 && !this.#isPumping && endAt(this.#parts, this.#level) > this.#position) void this.#pump();
  }

  #endAtCut(): void {
    this.#position = offset(Math.min(this.#position, endAt(this.#parts, this.#level)));
    void this.endAll(new LogError('history-changed', 'a change of leader cut the log; reconnect with the last id'));
  }

  /** Whoever has not been sent what is trimmed now never will be, and gets nothing else in its place. */
  #endTrimmed(): void {
    const behind = [...this.#all].filter((listener) => trimmedAt(this.#parts, listener.next) !== undefined);
    for (const listener of behind) this.remove(listener);
    void this.#parts.slices.forEach(behind, (listener) => this.#endIfTrimmed(listener));
  }

  #endIfTrimmed(listener: Listener): boolean {
    const trimmed = trimmedAt(this.#parts, listener.next);
    if (trimmed === undefined) return false;
    this.remove(listener);
    listener.end(trimmed);
    return true;
  }

  /** Sends the last event to all present listeners. After that they get nothing that is not on its way already. */
  async endAll(problem: LogError): Promise<void> {
    const all = this.#all;
    this.#all = new Set();
    this.#live = new Set();
    await this.#parts.slices.forEach(all, (listener) => listener.end(problem));
  }

  async beat(): Promise<void> {
    await this.#parts.slices.forEach(this.#all, (listener) => listener.beat());
  }

  /** Sends new entries until there are none. */
  async #pump(): Promise<void> {
    const { driver } = this.#parts;
    this.#isPumping = true;
    try {
      for (;;) {
        const end = endAt(this.#parts, this.#level);
        if (this.#live.size === 0 || end <= this.#position) return;
        const { cutCount } = driver;
        if (this.#position < driver.firstOffset) this.#position = driver.firstOffset;
        const start = this.#position;
        const batches = await driver.readEntriesFrom(start, pieceBytes);
        const writer = new ListWriter(this.#shape, start);
        for (const piece of writer.pieces(batches, { end, isWhole: true })) {
          if (!this.#isStill(cutCount) || trimmedAt(this.#parts, this.#position) !== undefined) break;
          await this.#handOut(piece, cutCount);
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #handOut(piece: Piece, cutCount: number): Promise<void> {
    const start = this.#position;
    this.#position = piece.end;
    let isAnyBehind = false;
    const give = (listener: Listener): void => {
      if (listener.next === start && listener.unconfirmed === undefined) {
        listener.send(piece.bytes, piece.end);
        if (listener.unsentBytes * 2 > unsentBytesMax) isAnyBehind = true;
      } else if (listener.next < piece.end || (listener.unconfirmed !== undefined && listener.next === piece.end)) {
        // It had been ahead of this node, so the first entry that it lacks is within the piece.
        this.#live.delete(listener);
        this.#startCatchUp(listener);
      }
      if (listener.isOver) this.remove(listener);
    };
    await this.#parts.slices.forEach(this.#live, give, () => !this.#isStill(cutCount));
    if (isAnyBehind) await new Promise((resolve) => setTimeout(resolve, catchUpGraceMs));
  }

  #startCatchUp(listener: Listener): void {
    this.#catchUp(listener).catch((error: unknown) => this.#fail(error));
  }

  async #catchUp(listener: Listener): Promise<void> {
    while (this.#isHere(listener)) {
      if (this.#endIfTrimmed(listener) || !this.#isConfirmed(listener)) return;
      // While nothing is being sent, `#position` is not kept up to date.
      if (this.#live.size === 0 && !this.#isPumping) this.#position = endAt(this.#parts, this.#level);
      if (listener.next >= this.#position) {
        this.#live.add(listener);
        this.#pumpNew();
        return;
      }
      await this.#sendSome(listener);
      await listener.drained();
    }
  }

  /**
   * Sends part of what the listener lacks. What was read is dropped as soon as the listener takes no more, and is read
   * again when it does.
   */
  async #sendSome(listener: Listener): Promise<void> {
    const { driver, readPacer } = this.#parts;
    const { cutCount } = driver;
    const { next: start, sentBytes } = listener;
    const end = this.#position;
    const batches = await driver.readEntriesFrom(start, pieceBytes);
    const writer = new ListWriter(this.#shape, start, sentBytes);
    for (const piece of writer.pieces(batches, { end })) {
      await readPacer.turn();
      if (!this.#isHere(listener) || !this.#isStill(cutCount)) return;
      listener.send(piece.bytes, piece.end, piece.partBytes);
      if (!listener.isTaking) return;
    }
  }

  /** Anything may still be sent to the listener: it is not over, nor about to be ended. */
  #isHere(listener: Listener): boolean {
    return !listener.isOver && this.#all.has(listener);
  }

  /** Whether the listener may go on. It is ended if the entry that it saw last was cut. */
  #isConfirmed(listener: Listener): boolean {
    const { unconfirmed } = listener;
    if (unconfirmed === undefined) return true;
    const standing = standingHere(this.#parts, unconfirmed, this.#level);
    if (standing === 'held') listener.unconfirmed = undefined;
    if (standing === 'held' || standing === 'ahead') return true;
    listener.end(notInLog(this.#parts, unconfirmed, standing));
    return false;
  }

  /** Whether entries that were read at this cut count may still be sent. */
  #isStill(cutCount: number): boolean {
    return this.#level !== 'default' || cutCount === this.#parts.driver.cutCount;
  }

  get #shape(): ListShape {
    const mark = markOf(this.#parts.driver);
    if (mark !== this.#shapes.mark) this.#shapes = eventShapes(mark);
    return this.#level === 'committed' ? this.#shapes.committed : this.#shapes.placed;
  }

  #fail(error: unknown): void {
    this.#parts.failed(error);
    void this.endAll(new LogError('internal-error', 'see the log of this node'));
  }
}
