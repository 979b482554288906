/** The moments of one node, kept for a while and found by offset. */

import type { ActivityEvent } from '../../api/activity.ts';

/** When an end was first at least so far. Invariant: both grow from each to the next. */
interface Step {
  readonly at: number;
  readonly end: number;
}

export interface Placing extends Step {
  readonly start: number;
}

export interface Answering {
  readonly at: number;
  /** Of the problem; `null` for what went well. */
  readonly code: string | null;
}

/** Of each kind and node; then the older half goes. */
const stepsMax = 4000;

export class ActivityHistory {
  readonly #placings: Placing[] = [];
  readonly #committed: Step[] = [];
  readonly #held = new Map<string, Step[]>();
  readonly #answered = new Map<number, Answering>();

  take(moments: readonly ActivityEvent[]): void {
    for (const moment of moments) {
      switch (moment.kind) {
        case 'placed':
          add(this.#placings, moment);
          break;
        case 'held':
          add(this.#stepsOf(moment.node), moment);
          break;
        case 'committed':
          add(this.#committed, moment);
          break;
        case 'answered':
          if (moment.offset !== null && !this.#answered.has(moment.offset)) this.#answered.set(moment.offset, moment);
          break;
      }
    }
    if (this.#answered.size > stepsMax)
      for (const offset of [...this.#answered.keys()].slice(0, stepsMax / 2)) this.#answered.delete(offset);
  }

  /** When the leader gave the entry its offset. */
  placedAt(offset: number): number | undefined {
    return firstBeyond(this.#placings, offset)?.at;
  }

  committedAt(offset: number): number | undefined {
    return firstBeyond(this.#committed, offset)?.at;
  }

  /** When this node first held the entry, as far as the one whose moments these are knows. */
  heldAt(node: string, offset: number): number | undefined {
    return firstBeyond(this.#held.get(node) ?? [], offset)?.at;
  }

  /** The answer to the append whose first entry this is. */
  answeringOf(offset: number): Answering | undefined {
    return this.#answered.get(offset);
  }

  /** How long after its placing the node held the newest entry that it holds; in ms. */
  lastDelayOf(node: string): number | undefined {
    const step = this.#held.get(node)?.at(-1);
    const placing = step && firstBeyond(this.#placings, step.end - 1);
    return step === undefined || placing === undefined || placing.start >= step.end || step.at < placing.at
      ? undefined
      : step.at - placing.at;
  }

  placingsSince(at: number): readonly Placing[] {
    const first = this.#placings.findLastIndex((placing) => placing.at < at) + 1;
    return this.#placings.slice(first);
  }

  /** The nodes of which it was ever said that they hold something. */
  get holders(): readonly string[] {
    return [...this.#held.keys()];
  }

  #stepsOf(node: string): Step[] {
    const steps = this.#held.get(node) ?? [];
    this.#held.set(node, steps);
    return steps;
  }
}

/** What goes back has been cut, or begins anew: what was beyond it is not true any more. */
function add<S extends Step>(steps: S[], step: S): void {
  while ((steps.at(-1)?.end ?? -1) > step.end) steps.pop();
  if (steps.at(-1)?.end === step.end) return;
  steps.push(step);
  if (steps.length > stepsMax) steps.splice(0, stepsMax / 2);
}

function firstBeyond<S extends Step>(steps: readonly S[], offset: number): S | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return steps[low];
}
