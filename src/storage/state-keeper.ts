/**
 * The state of a node on its disk, with a note of how far its log is flushed. If a start does not find what was noted, the disk
 * forgot it (recovery/forgotten.ts).
 *
 * Invariants: what is noted is flushed, and the note is lowered, durably, before the log is cut. So after a crash at any moment
 * the note covers what is there, or less. States and notes are written one after the other.
 */

import type { NodeState } from '../core/model/events.ts';
import type { NodeId } from '../core/model/numbers.ts';
import type { Held } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Disk } from '../ports/ports.ts';
import { assert } from '../core/model/assert.ts';
import { keepReserve } from './format/reserve.ts';
import type { StateFile } from './format/state-file.ts';
import type { StoredBase } from './format/state-format.ts';

export interface StateKeeperParts {
  readonly disk: Disk;
  readonly node: NodeId;
  readonly stateFile: StateFile;
  /** The state in the file; `undefined` before the first one. */
  readonly state: NodeState | undefined;
  /** The note in the file, and what is flushed. */
  readonly noted: Held | null;
  readonly held: Held | null;
  readonly base: StoredBase | undefined;
}

export class StateKeeper {
  readonly #disk: Disk;
  readonly #node: NodeId;
  readonly #stateFile: StateFile;
  #state: NodeState | undefined;
  #noted: Held | null;
  #held: Held | null;
  #base: StoredBase | undefined;
  #isUrgent = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: StateKeeperParts) {
    this.#disk = parts.disk;
    this.#node = parts.node;
    this.#stateFile = parts.stateFile;
    this.#state = parts.state;
    this.#noted = parts.noted;
    this.#held = parts.held;
    this.#base = parts.base;
  }

  /** Whether more is flushed than was noted: `now` if a segment was begun since the last note. */
  get noteWish(): 'now' | 'soon' | undefined {
    if (this.#state === undefined || numberOf(this.#held) === numberOf(this.#noted)) return undefined;
    return this.#isUrgent ? 'now' : 'soon';
  }

  /** This batch is flushed, and so are all before it. */
  raise(held: Held | null): void {
    if (numberOf(held) > numberOf(this.#held)) this.#held = held;
  }

  /** Everything after this batch is about to be cut: when this resolves, the note does not cover it any more. @throws NoRoom */
  async lower(held: Held | null): Promise<void> {
    if (numberOf(held) < numberOf(this.#held)) this.#held = held;
    await this.#inTurn(async () => {
      if (this.#state !== undefined && numberOf(this.#noted) > numberOf(this.#held)) await this.#write(this.#state, true);
    });
  }

  /** The log begins here from now on. @throws NoRoom, and then it does not */
  async rebase(base: StoredBase): Promise<void> {
    await this.#inTurn(() => this.#withBase(base, this.#held));
  }

  /** The log is replaced by the checkpoint at this base, whose last batch was `held`. @throws NoRoom, and then it is not */
  async install(base: StoredBase, held: Held | null): Promise<void> {
    await this.#inTurn(() => this.#withBase(base, held));
  }

  async #withBase(base: StoredBase, held: Held | null): Promise<void> {
    assert(this.#state !== undefined, 'a log has a state before it has a base');
    const before = { base: this.#base, held: this.#held };
    this.#base = base;
    this.#held = held;
    try {
      await this.#write(this.#state, true);
    } catch (error) {
      this.#base = before.base;
      this.#held = before.held;
      throw error;
    }
  }

  segmentBegun(): void {
    this.#isUrgent = true;
  }

  /** Saves the state, durably and as a whole. @throws NoRoom, and then the previous state is still there */
  save(state: NodeState): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(state, true);
      await keepReserve(this.#disk);
    });
  }

  /** Notes how far the log is flushed now, if there is room without the reserve. */
  note(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === undefined || this.noteWish === undefined) return;
      try {
        await this.#write(this.#state, false);
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.note();
    await this.#stateFile.close();
  }

  async #write(state: NodeState, isNeeded: boolean): Promise<void> {
    const held = this.#held;
    this.#isUrgent = false;
    await this.#stateFile.save({ node: this.#node, state, held, base: this.#base }, isNeeded);
    this.#state = state;
    this.#noted = held;
  }

  /** Runs the work after what was begun before. A failure goes to the caller only; the next work runs all the same. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function numberOf(held: Held | null): number {
  return held?.number ?? -1;
}
