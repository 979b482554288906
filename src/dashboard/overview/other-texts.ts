/**
 * Reads what others wrote, for the rows that are shown: one after the other and with a pause between them, so that a busy
 * log is not asked for everything.
 */

import type { AppendRow } from './append-row-model.ts';
import type { OtherAppends } from './other-appends.ts';

export interface OtherTextsParts {
  /** The JSON text of an entry. */
  readonly read: (nodeId: string, offset: number) => Promise<string>;
  readonly others: Pick<OtherAppends, 'setText'>;
  /** To be called when a text has come. */
  readonly told: () => void;
  /** Between two reads. */
  readonly pause: () => Promise<void>;
}

/** Only so many of the newest rows get their text. */
const rowsMax = 12;
const charsMax = 200;

export class OtherTexts {
  readonly #parts: OtherTextsParts;
  /** Those that are shown now. */
  #rows: readonly AppendRow[] = [];
  /** Of those, which were asked for: once, whatever came of it. */
  #asked: ReadonlySet<number> = new Set();
  #isReading = false;

  constructor(parts: OtherTextsParts) {
    this.#parts = parts;
  }

  /** These are shown. Resolves when there is nothing left to read of what is shown then. */
  async want(rows: readonly AppendRow[]): Promise<void> {
    this.#rows = rows;
    this.#asked = new Set(rows.flatMap(({ isOwn, id }) => (!isOwn && this.#asked.has(id) ? [id] : [])));
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        await this.#read(next);
        await this.#parts.pause();
      }
    } finally {
      this.#isReading = false;
    }
  }

  #next(): Readable | undefined {
    return this.#rows
      .slice(0, rowsMax)
      .filter(isReadable)
      .find(({ id }) => !this.#asked.has(id));
  }

  async #read({ id, nodeId, answer }: Readable): Promise<void> {
    this.#asked = new Set([...this.#asked, id]);
    let text: string;
    try {
      text = await this.#parts.read(nodeId, answer.offset);
    } catch {
      // The node is gone, or the entry is: the row says its offset, as before.
      return;
    }
    this.#parts.others.setText(id, text.length > charsMax ? `${text.slice(0, charsMax)}…` : text);
    this.#parts.told();
  }
}

type Readable = AppendRow & { readonly answer: NonNullable<AppendRow['answer']> };

/** Those that were acknowledged can be read. */
function isReadable(row: AppendRow): row is Readable {
  return !row.isOwn && row.state === 'answered' && row.messages.length === 0 && row.answer !== undefined;
}
