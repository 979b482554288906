/** A bar on the terminal that shows how much of something has been read or written. Where there is no terminal it shows nothing. */

const everyMs = 100;
const barWidth = 24;
const clearLine = '\r\u001b[K';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class ByteProgress {
  readonly #terminal: Terminal;
  readonly #what: string;
  readonly #total: number | undefined;
  readonly #now: () => number;
  readonly #begunAt: number;
  #bytes = 0;
  #shownAt: number;
  #isShown = false;

  /** @param parts.total - about how many bytes there will be; `undefined` if nobody knows */
  constructor(terminal: Terminal, parts: { readonly what: string; readonly total: number | undefined; readonly now: () => number }) {
    this.#terminal = terminal;
    this.#what = parts.what;
    this.#total = parts.total;
    this.#now = parts.now;
    this.#begunAt = parts.now();
    this.#shownAt = this.#begunAt;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const now = this.#now();
    if (this.#terminal.isTTY !== true || now < this.#shownAt + everyMs) return;
    this.#shownAt = now;
    this.#isShown = true;
    this.#terminal.write(`${clearLine}${this.#line(now)}`);
  }

  /** Called before anything else is written to the terminal. */
  end(): void {
    if (this.#isShown) this.#terminal.write(clearLine);
    this.#isShown = false;
  }

  #line(now: number): string {
    const perSecond = (1000 * this.#bytes) / Math.max(1, now - this.#begunAt);
    const rate = `${inMegabytes(this.#bytes)}, ${inMegabytes(perSecond)}/s`;
    if (this.#total === undefined || this.#total <= 0) return `${this.#what}: ${rate}`;
    const part = Math.min(1, this.#bytes / this.#total);
    const bar = '#'.repeat(Math.round(part * barWidth)).padEnd(barWidth, '.');
    return `${this.#what}: [${bar}] ${Math.floor(100 * part)} %, ${rate}`;
  }
}

export function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
