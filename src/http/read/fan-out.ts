/**
 * Those who follow the log at one read level. What is new is encoded once and handed to everybody, piece by piece, each
 * piece to all before the next one. Who is not as far as the others is served from the log like any reader until it is,
 * and then goes on with them: its next entry is the first of a piece, so there is no gap and no repetition.
 *
 * Invariant: `#position` is the end of the last piece that was begun to be handed out; a live listener that has its
 * share of that piece has `next` there.
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

/** For those who are behind, before the next piece: they may only need a moment. */
const catchUpGraceMs = 20;

export interface TailParts extends EntrySource {
  readonly slices: Slices;
  readonly failed: (error: unknown) => void;
}

export class FanOut {
  readonly #parts: TailParts;
  readonly #level: ReadLevel;
  /** Everybody, and those of them who are as far as the others. */
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

  /** This node's log reaches further than before, or entries were cut from it. */
  onEndsChanged({ isCut }: Pick<LogEnds, 'isCut'>): void {
    // What is committed is never cut.
    if (isCut && this.#level === 'default') this.#endAtCut();
    this.#pumpNew();
  }

  #pumpNew(): void {
    if (this.#live.size > 0 && !this.#isPumping && endAt(this.#parts, this.#level) > this.#position) void this.#pump();
  }

  #endAtCut(): void {
    this.#position = offset(Math.min(this.#position, endAt(this.#parts, this.#level)));
    void this.endAll(new LogError('history-changed', 'a change of leader cut the log; reconnect with the last id'));
  }

  /** The last event for everybody who is here now; nothing else goes to them from now on that was not on its way. */
  async endAll(problem: LogError): Promise<void> {
    const all = this.#all;
    this.#all = new Set();
    this.#live = new Set();
    await this.#parts.slices.forEach(all, (listener) => listener.end(problem));
  }

  async beat(): Promise<void> {
    await this.#parts.slices.forEach(this.#all, (listener) => listener.beat());
  }

  /** Hands out what is new until there is nothing. */
  async #pump(): Promise<void> {
    const { driver } = this.#parts;
    this.#isPumping = true;
    try {
      for (;;) {
        const end = endAt(this.#parts, this.#level);
        if (this.#live.size === 0 || end <= this.#position) return;
        const { cutCount } = driver;
        const start = this.#position;
        const batches = await driver.readEntriesFrom(start, pieceBytes);
        const writer = new ListWriter(this.#shape, start);
        for (const piece of writer.pieces(batches, { end, isWhole: true })) {
          if (!this.#isStill(cutCount)) break;
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
        // It waited for this node to come as far as it was itself: what it lacks begins in the middle.
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
      if (!this.#isConfirmed(listener)) return;
      // Nobody hands out anything meanwhile, so nobody knows how far it would be.
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

  /** What is read is let go as soon as it takes no more: it is read again then, if it ever takes any. */
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

  /** Whether anything is still to be sent to it; not if it is about to be ended. */
  #isHere(listener: Listener): boolean {
    return !listener.isOver && this.#all.has(listener);
  }

  /** Whether it may go on; it is ended if what it saw was cut. */
  #isConfirmed(listener: Listener): boolean {
    const { unconfirmed } = listener;
    if (unconfirmed === undefined) return true;
    const standing = standingHere(this.#parts, unconfirmed, this.#level);
    if (standing === 'held') listener.unconfirmed = undefined;
    if (standing === 'held' || standing === 'ahead') return true;
    listener.end(notInLog(this.#parts, unconfirmed, standing));
    return false;
  }

  /** Whether what was read when the log had been cut this often may be handed out. */
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
