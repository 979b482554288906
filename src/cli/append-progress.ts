/** What `rlog append` writes to standard error while it runs: its progress, on a terminal only, and that it is trying again. */

import { printable } from '../observe/printable.ts';

const everyMs = 100;
const clearLine = '\r\u001b[K';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class AppendProgress {
  readonly #terminal: Terminal;
  readonly #bytesOf: () => { readonly read: number; readonly total: number } | undefined;
  readonly #now: () => number;
  #shownAt = -Infinity;
  #isShown = false;
  #isInTrouble = false;

  /** @param bytesOf - how much of the input was read, if its size is known */
  constructor(terminal: Terminal, bytesOf: () => { readonly read: number; readonly total: number } | undefined, now: () => number) {
    this.#terminal = terminal;
    this.#bytesOf = bytesOf;
    this.#now = now;
  }

  stored(lines: number): void {
    this.#isInTrouble = false;
    const now = this.#now();
    if (this.#terminal.isTTY !== true || now < this.#shownAt + everyMs) return;
    this.#shownAt = now;
    this.#isShown = true;
    const bytes = this.#bytesOf();
    const part = bytes === undefined || bytes.total === 0 ? '' : ` (${Math.floor((100 * bytes.read) / bytes.total)} %)`;
    this.#terminal.write(`${clearLine}${lines.toLocaleString('en')} lines stored${part}`);
  }

  /** Says it once, until something is stored again. */
  tryingAgain(reason: string): void {
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    this.end();
    this.#terminal.write(`rlog: ${printable(reason)}; trying again\n`);
  }

  /** Called before anything else is written to the terminal. */
  end(): void {
    if (this.#isShown) this.#terminal.write(clearLine);
    this.#isShown = false;
  }
}
