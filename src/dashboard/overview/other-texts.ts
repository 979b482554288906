/** Reads what others wrote, for the rows that are shown: one after the other, so that a busy log is not asked for everything. */

import type { AppendRow } from './append-row-model.ts';
import type { OtherAppends } from './other-appends.ts';

export interface OtherTextsParts {
  /** The JSON text of an entry. */
  readonly read: (nodeId: string, offset: number) => Promise<string>;
  readonly others: Pick<OtherAppends, 'setText'>;
  /** To be called when a text has come. */
  readonly told: () => void;
}

/** Only so many of the newest rows get their text. */
const rowsMax = 12;
const charsMax = 200;

export class OtherTexts {
  readonly #parts: OtherTextsParts;
  /** Asked for once, whatever came of it. */
  readonly #asked = new Set<number>();
  #isReading = false;

  constructor(parts: OtherTextsParts) {
    this.#parts = parts;
  }

  /** These are shown. */
  async want(rows: readonly AppendRow[]): Promise<void> {
    if (this.#isReading) return;
    const next = rows.slice(0, rowsMax).find((row) => isReadable(row) && !this.#asked.has(row.id));
    if (next?.answer === undefined) return;
    this.#asked.add(next.id);
    this.#isReading = true;
    try {
      const text = await this.#parts.read(next.nodeId, next.answer.offset);
      this.#parts.others.setText(next.id, text.length > charsMax ? `${text.slice(0, charsMax)}…` : text);
    } catch {
      // The node is gone, or the entry is: the row says its offset, as before.
    }
    this.#isReading = false;
    this.#parts.told();
  }
}

/** Those that were acknowledged can be read. */
function isReadable({ isOwn, state, messages }: AppendRow): boolean {
  return !isOwn && state === 'answered' && messages.length === 0;
}
