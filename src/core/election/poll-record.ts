/** The results of the polls that a node has held since it started, for people. */

import type { PollAnswer } from '../model/messages.ts';

/** What the others answered, by name: `null` from a node that supported this one. */
export type PollAnswers = Readonly<Record<string, PollAnswer['refusal']>>;

export interface PollCounts {
  readonly won: number;
  readonly lost: number;
  /** The turn was given to another node, whose log was ahead or whose priority is higher. */
  readonly deferred: number;
}

export class PollRecord {
  #counts = { won: 0, lost: 0, deferred: 0 };
  #lastLost: PollAnswers | undefined;
  #told = '';

  get counts(): PollCounts {
    return this.#counts;
  }

  /** The answers to the last poll that was lost since this node last had a leader. */
  get lastLost(): PollAnswers | undefined {
    return this.#lastLost;
  }

  won(): void {
    this.#counts.won += 1;
    this.#told = '';
  }

  deferred(): void {
    this.#counts.deferred += 1;
  }

  /** @returns whether it is worth a log line: a node that is cut off keeps holding polls with the same result */
  lost(answers: PollAnswers): boolean {
    this.#counts.lost += 1;
    this.#lastLost = answers;
    const outcome = JSON.stringify(answers);
    const isNews = outcome !== this.#told;
    this.#told = outcome;
    return isNews;
  }

  led(): void {
    this.#lastLost = undefined;
  }
}
