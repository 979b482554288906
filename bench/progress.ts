/** Reports progress on stderr: on a terminal in one line that is overwritten, elsewhere line by line. */

export class Progress {
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stderr.isTTY;
  #last = '';

  say(what: string): void {
    if (what === this.#last) return;
    this.#last = what;
    const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
    const line = `${String(seconds).padStart(4)} s  ${what}`;
    if (this.#isTerminal) process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    else process.stderr.write(`${line}\n`);
  }

  /** Clears the line for other output. */
  clear(): void {
    if (this.#isTerminal && this.#last !== '') process.stderr.write('\r\u001b[K');
    this.#last = '';
  }
}
