/** What the keys of `rlog dev` do, except q. `?` and `p` show something that the next key takes away. */

import type { Candidate } from './block.ts';

export interface ControlsParts {
  /** Each node has a digit. */
  readonly nodeCount: number;
  readonly toggleNode: (index: number) => void;
  /** The nodes that could lead instead of the leader; if there is none, it has said why. */
  readonly candidates: () => readonly Candidate[];
  readonly promote: (id: string) => void;
  /** Called when a digit is expected. */
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

  /** The nodes to choose from; empty if nothing was asked. */
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
    // w is its former key; everywhere else w is the write concern.
    else if (key === 'a' || key === 'w') toggleWriter();
    else if (key === 'l') toggleLogs();
    else if (key === 'o') openPage();
  }
}
