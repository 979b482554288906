/**
 * A terminal whose last lines are a block that stays: what is printed appears above it. Nothing here knows what the
 * lines mean.
 *
 * The block is erased before anything is printed, and drawn again below it. So the terminal scrolls as usual, and keeps
 * what scrolled out. Invariant: between calls the cursor is at the end of the block's last line.
 */

import type { Line, Look } from './block.ts';
import { wrapped } from './wrap.ts';

export interface Output {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

interface Remembered {
  readonly text: string;
  readonly isSentence: boolean;
}

const usualSize = { columns: 80, rows: 24 } as const;
/** Shown again when the terminal is resized. */
const rememberedMax = 200;

/** A block that leaves fewer rows than this above it fills the screen. */
const rowsAboveMin = 4;

const escape = '\u001b[';
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
const eraseDown = `${escape}J`;
const eraseAll = `${escape}H${escape}2J`;
const looks: Readonly<Record<Look, string>> = { plain: '', strong: '1', soft: '2', good: '32', bad: '31', warning: '33' };

export class Screen {
  readonly #output: Output;
  readonly #isColoured: boolean;
  readonly #remembered: Remembered[] = [];
  #block: readonly string[] = [];
  #isClosed = false;

  constructor(output: Output, isColoured: boolean) {
    this.#output = output;
    this.#isColoured = isColoured;
    output.write(hideCursor);
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#output.columns ?? usualSize.columns, rows: this.#output.rows ?? usualSize.rows };
  }

  /** Prints a sentence, broken between words. */
  say(sentence: string): void {
    this.#show([{ text: sentence, isSentence: true }]);
  }

  /** Prints lines as they are: the terminal wraps them, so they can be copied as a whole. */
  print(...lines: readonly string[]): void {
    this.#show(lines.map((text) => ({ text, isSentence: false })));
  }

  setBlock(lines: readonly Line[]): void {
    const block = lines.map((line) => line.map((each) => this.#painted(each.text, each.look)).join(''));
    if (this.#isClosed || (block.length === this.#block.length && block.every((line, index) => line === this.#block[index]))) return;
    // A block that filled the screen has pushed out what was above it.
    if (block.length < this.#block.length && this.#block.length >= this.size.rows - rowsAboveMin) return this.redraw(lines);
    const erased = this.#erased();
    this.#block = block;
    this.#output.write(erased + this.#drawn());
  }

  /** Draws everything again: a terminal that was resized may have moved and broken lines. */
  redraw(block: readonly Line[]): void {
    if (this.#isClosed) return;
    this.#block = block.map((line) => line.map((each) => this.#painted(each.text, each.look)).join(''));
    const room = Math.max(this.size.rows - this.#block.length, 0);
    const above: string[] = [];
    let height = 0;
    for (const each of this.#remembered.toReversed()) {
      const lines = this.#linesOf(each);
      height += lines.reduce((total, line) => total + Math.max(Math.ceil(visibleLength(line) / this.size.columns), 1), 0);
      if (height > room) break;
      above.unshift(...lines);
    }
    this.#output.write(eraseAll + above.map((line) => `${line}\r\n`).join('') + this.#drawn());
  }

  /** Removes the block; what is printed from now on takes its place. */
  close(): void {
    if (this.#isClosed) return;
    this.#output.write(this.#erased() + showCursor);
    this.#isClosed = true;
  }

  #show(added: readonly Remembered[]): void {
    this.#remembered.push(...added);
    this.#remembered.splice(0, Math.max(this.#remembered.length - rememberedMax, 0));
    const shown = added
      .flatMap((each) => this.#linesOf(each))
      .map((line) => `${line}\r\n`)
      .join('');
    if (this.#isClosed) this.#output.write(shown);
    else this.#output.write(this.#erased() + shown + this.#drawn());
  }

  #linesOf({ text, isSentence }: Remembered): readonly string[] {
    return isSentence ? wrapped(text, this.size.columns - 1) : [text];
  }

  #erased(): string {
    const up = this.#block.length > 1 ? `${escape}${this.#block.length - 1}A` : '';
    return `\r${up}${eraseDown}`;
  }

  #drawn(): string {
    return this.#block.join('\r\n');
  }

  #painted(text: string, look: Look): string {
    const code = looks[look];
    return code === '' || !this.#isColoured ? text : `${escape}${code}m${text}${escape}0m`;
  }
}

const colours = new RegExp(String.raw`${'\u001b'}\[[0-9;]*m`, 'g');

function visibleLength(line: string): number {
  return line.replaceAll(colours, '').length;
}
