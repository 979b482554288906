/**
 * What the controls in the log add up to: the first offset, the retention, the base. A control counts once it is committed:
 * what was read or forgotten because of one can then never be taken back by a cut.
 *
 * Invariant: `base.offset <= firstOffset`, and neither ever goes down.
 */

import type { BatchHeader } from '../model/batch.ts';
import type { Base, Control, PlacedControl, Retention } from '../model/control.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import type { BatchNumber, LogAge, Offset } from '../model/numbers.ts';

/** How far a log is committed, in both coordinates; which of them reaches further depends on who said it. */
export interface CommittedTo {
  readonly end: Offset;
  readonly number: BatchNumber;
}

export class Controls {
  /** In the log, and not known to be committed. */
  #open: PlacedControl[] = [];
  /** The last settled one; -1 if there is none. */
  #settled = batchNumber(-1);
  #firstOffset = offset(0);
  #retention: Retention | undefined;
  #decided: { readonly base: Base; readonly age: LogAge } | undefined;

  /** The first entry that stays. */
  get firstOffset(): Offset {
    return this.#firstOffset;
  }

  /** `undefined` while the cluster has decided nothing. */
  get retention(): Retention | undefined {
    return this.#retention;
  }

  /** The base that the cluster has decided. A node's own storage may still begin below it. */
  get base(): Base | undefined {
    return this.#decided?.base;
  }

  /** The same, with the age of the log when it was decided. */
  get decided(): { readonly base: Base; readonly age: LogAge } | undefined {
    return this.#decided;
  }

  /** Whether one is in the log that is not known to be committed. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** The last batch with a control, committed or not; -1 if there is none. */
  get newest(): BatchNumber {
    return this.#open.at(-1)?.number ?? this.#settled;
  }

  /** Whether a control in this place is possible: a leader that writes anything else is wrong. */
  isPossible(control: Control, { baseOffset, committedEnd }: Pick<BatchHeader, 'baseOffset' | 'committedEnd'>): boolean {
    if (control.kind === 'retention') return true;
    if (control.kind === 'trim') return control.firstOffset <= committedEnd && committedEnd <= baseOffset;
    const { base } = control;
    const trimmed = this.#open.reduce((first, { control: each }) => (each.kind === 'trim' ? Math.max(first, each.firstOffset) : first), 0);
    return base.offset <= Math.max(this.#firstOffset, trimmed);
  }

  add(placed: PlacedControl): void {
    this.#open.push(placed);
  }

  /** Takes back the controls of batch `number` and those after it. */
  cut(number: BatchNumber): void {
    this.#open = this.#open.filter((placed) => placed.number < number);
  }

  /** The log is given up for another one. */
  clear(): void {
    this.#open = [];
    this.#settled = batchNumber(-1);
    this.#firstOffset = offset(0);
    this.#retention = undefined;
    this.#decided = undefined;
  }

  /** @returns whether anything came into force */
  commit(to: CommittedTo): boolean {
    const isIn = (placed: PlacedControl | undefined): placed is PlacedControl =>
      placed !== undefined && (placed.number < to.number || placed.offset < to.end);
    let count = 0;
    for (let placed = this.#open[0]; isIn(placed); placed = this.#open[count]) {
      this.#settled = placed.number;
      this.#settle(placed);
      count += 1;
    }
    if (count > 0) this.#open.splice(0, count);
    return count > 0;
  }

  /** A log that begins with a checkpoint: what its base says is committed. */
  restore(base: Base): void {
    this.#open = [];
    this.#settled = batchNumber(base.number - 1);
    if (base.retention !== null) this.#retention = base.retention;
    this.#settle({ age: base.lastAge, control: { kind: 'base', base } });
  }

  #settle({ control, age }: Pick<PlacedControl, 'control' | 'age'>): void {
    if (control.kind === 'retention') this.#retention = control.retention;
    else if (control.kind === 'trim') this.#firstOffset = laterOf(this.#firstOffset, control.firstOffset);
    else {
      // A log that begins with a checkpoint goes on with what was decided before that.
      if (control.base.number > (this.base?.number ?? -1)) this.#decided = { base: control.base, age };
      this.#firstOffset = laterOf(this.#firstOffset, control.base.offset);
    }
  }
}

function laterOf(a: Offset, b: Offset): Offset {
  return a >= b ? a : b;
}
