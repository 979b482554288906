/** What came of the polls that a node held since it started, for people. */

import type { PollAnswer } from '../model/messages.ts';

/** What the others said, by name: `null` of who would have had this node lead. */
export type PollAnswers = Readonly<Record<string, PollAnswer['refusal']>>;

export interface PollCounts {
  readonly won: number;
  readonly lost: number;
  /** Another node was given the turn, whose log was ahead, or which is preferred. */
  readonly deferred: number;
}

export class PollRecord {
  #counts = { won: 0, lost: 0, deferred: 0 };
  #lastLost: PollAnswers | undefined;
  #told = '';

  get counts(): PollCounts {
    return this.#counts;
  }

  /** Of the last one that was lost, since this node was led. */
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

  /** @returns whether it is worth a line: a node that is cut off holds polls all the time, with the same outcome */
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
