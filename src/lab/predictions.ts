/** What a class expects of an experiment: one answer of each person, counted. Kept in memory, as long as `rlog dev` runs. */

import type { PredictionCounts } from '../api/lab.ts';
import { LogError } from '../api/problems.ts';
import { fieldsOf } from './fields.ts';

const experimentsMax = 50;
const votersMax = 1000;
const name = /^[\w-]{1,64}$/;

export class Predictions {
  /** By experiment: the choice of each voter. */
  readonly #choices = new Map<string, Map<string, string>>();

  counts(experiment: string): PredictionCounts {
    const counts: Record<string, number> = {};
    for (const choice of this.#choices.get(experiment)?.values() ?? []) counts[choice] = (counts[choice] ?? 0) + 1;
    return { experiment, counts };
  }

  /** A second answer replaces the first. @throws LogError */
  take(experiment: string, value: unknown): PredictionCounts {
    const { voter, choice } = fieldsOf(value, ['voter', 'choice']);
    const [who, what] = [nameOf(voter, 'voter'), nameOf(choice, 'choice')];
    const choices = this.#choices.get(nameOf(experiment, 'experiment')) ?? new Map<string, string>();
    if (!choices.has(who) && choices.size >= votersMax) throw new LogError('bad-request', `no more than ${votersMax} answers are counted`);
    if (!this.#choices.has(experiment) && this.#choices.size >= experimentsMax) throw new LogError('bad-request', 'too many experiments');
    this.#choices.set(experiment, choices);
    choices.set(who, what);
    return this.counts(experiment);
  }

  clear(experiment: string): PredictionCounts {
    this.#choices.delete(experiment);
    return this.counts(experiment);
  }
}

/** @throws LogError */
function nameOf(value: unknown, field: string): string {
  if (typeof value === 'string' && name.test(value)) return value;
  throw new LogError('bad-request', `"${field}" must be 1 to 64 letters, digits or dashes`, { field });
}
