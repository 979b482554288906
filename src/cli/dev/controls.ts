/** What the keys of `rlog dev` do, beside q. Two of them leave something on the screen that the next key takes away again. */

import type { Candidate } from './block.ts';

export interface ControlsParts {
  /** How many nodes there are: each has a digit. */
  readonly nodeCount: number;
  readonly toggleNode: (index: number) => void;
  /** Who could lead in the leader's place; none, and it was said why. */
  readonly candidates: () => readonly Candidate[];
  readonly promote: (id: string) => void;
  /** Told that a digit is waited for. */
  readonly choosing: (candidates: readonly Candidate[]) => void;
  readonly toggleWriter: () => void;
  readonly toggleLogs: () => void;
  readonly openPage: () => void;
  /** Called when the block looks different. */
  readonly changed: () => void;
}

export class Controls {
  readonly #parts: ControlsParts;
  #candidates: readonly Candidate[] = [];
  #isHelpShown = false;

  constructor(parts: ControlsParts) {
    this.#parts = parts;
  }

  get isHelpShown(): boolean {
    return this.#isHelpShown;
  }

  /** Of whom one is to be chosen; none: nothing is asked. */
  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  press(key: string): void {
    const [candidates, wasHelpShown] = [this.#candidates, this.#isHelpShown];
    this.#candidates = [];
    this.#isHelpShown = false;
    if (candidates.length > 0 && /^[0-9p]$/.test(key)) {
      const chosen = candidates.find((each) => each.key === key);
      if (chosen !== undefined) this.#parts.promote(chosen.id);
      else if (key !== 'p') this.#candidates = candidates;
    } else if (key === '?' || key === 'h') this.#isHelpShown = !wasHelpShown;
    else if (key === 'p') this.#promote();
    else this.#plain(key);
    this.#parts.changed();
  }

  #promote(): void {
    const { candidates, promote, choosing } = this.#parts;
    const found = candidates();
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return promote(only.id);
    this.#candidates = found;
    if (found.length > 0) choosing(found);
  }

  #plain(key: string): void {
    const { nodeCount, toggleNode, toggleWriter, toggleLogs, openPage } = this.#parts;
    const index = Number(key) - 1;
    if (index >= 0 && index < nodeCount) toggleNode(index);
    // It was w before w came to mean the write concern alone.
    else if (key === 'a' || key === 'w') toggleWriter();
    else if (key === 'l') toggleLogs();
    else if (key === 'o') openPage();
  }
}
