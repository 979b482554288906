/** Looks for a text in a log as it streams by: entries, one per line, cut into pieces anywhere. Only messages are looked through. */

/** As many offsets as are kept; more are only counted. */
const matchesMax = 100_000;

const messageBegins = ',"message":';
const firstOffset = /^\{"offset":(\d+),/;

export class LogScan {
  readonly #pattern: RegExp;
  #rest = '';
  #end: number;
  readonly #matches: number[] = [];
  #matchCount = 0;

  /** @param pattern - global: it is asked for several places of a text. @param start - of the first entry that comes */
  constructor(pattern: RegExp, start: number) {
    // A copy: a global pattern remembers where it stopped.
    this.#pattern = new RegExp(pattern);
    this.#end = start;
  }

  /** One past the last entry that was looked through. */
  get end(): number {
    return this.#end;
  }

  /** Ascending. */
  get matches(): readonly number[] {
    return this.#matches;
  }

  get matchCount(): number {
    return this.#matchCount;
  }

  /** The next piece. @throws if it is not a log */
  take(piece: string): void {
    const lineEnd = piece.lastIndexOf('\n');
    if (lineEnd === -1) {
      this.#rest += piece;
      return;
    }
    const lines = this.#rest + piece.slice(0, lineEnd);
    this.#rest = piece.slice(lineEnd + 1);
    // Most pieces have no match, and need not be taken apart.
    this.#pattern.lastIndex = 0;
    if (this.#pattern.test(lines)) for (const line of lines.split('\n')) this.#look(line);
    const last = lines.slice(lines.lastIndexOf('\n') + 1);
    this.#end = offsetOf(last) + 1;
  }

  #look(line: string): void {
    const begin = line.indexOf(messageBegins);
    if (begin === -1) return;
    this.#pattern.lastIndex = begin + messageBegins.length;
    const found = this.#pattern.exec(line);
    // The brace at the end closes the entry, and is none of the message.
    if (found === null || found.index + found[0].length > line.length - 1) return;
    this.#matchCount += 1;
    if (this.#matches.length < matchesMax) this.#matches.push(offsetOf(line));
  }
}

function offsetOf(line: string): number {
  const found = firstOffset.exec(line);
  if (found === null) throw new Error(`not an entry: ${line.slice(0, 80)}`);
  return Number(found[1]);
}
