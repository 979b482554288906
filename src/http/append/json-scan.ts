/**
 * Checks that bytes are JSON and finds where a value ends, without building it: whatever a text is made of, it costs
 * its bytes, and one byte for each level that is open. Depth does not recurse, and the work can be done in steps.
 *
 * The bytes must be UTF-8 (`isUtf8` said so); then JSON's own characters are enough to judge them.
 *
 * What judges the messages of a peer's batch (protocol/is-json.ts) does not serve here: it cannot stop halfway, and does
 * not say where a value ends or what is wrong with it.
 */

import { LogError } from '../../api/problems.ts';

const quote = 0x22;
const plus = 0x2b;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const newline = 0x0a;

const shortSpaceBytes = 64;
const shortStringBytes = 128;
const longStringBytesMax = 1024 * 1024;

const literals = { 0x74: Buffer.from('true'), 0x66: Buffer.from('false'), 0x6e: Buffer.from('null') } as const;

/** By byte: 1 for what stands for itself in a string. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[quote] = 0;
isPlain[backslash] = 0;

/** By byte: 1 for what may follow a backslash in a string, alone; 2 for `u`. */
const isEscape = new Uint8Array(256);
for (const character of '"\\/bfnrt') isEscape[character.charCodeAt(0)] = 1;
isEscape[0x75] = 2;

/** What may come next. */
const expects = { value: 0, valueOrEnd: 1, nameOrEnd: 2, name: 3, colon: 4, commaOrEnd: 5 } as const;
type Expects = (typeof expects)[keyof typeof expects];

/** The text is not JSON, and where. */
export class NotJson extends LogError {
  /** Of the first byte that cannot be, in the text. */
  readonly position: number;
  readonly what: string;

  constructor(text: Uint8Array, position: number) {
    const byte = text[position];
    const what = `${byte === undefined ? 'it ends too early' : `unexpected ${describe(byte)}`} at byte ${position}`;
    super('bad-request', `the body is not JSON: ${what}`);
    this.position = position;
    this.what = what;
  }
}

function describe(byte: number): string {
  if (byte === newline) return 'end of the line';
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** @returns behind whitespace, if there is not much of it */
export function shortSpaceEnd(text: Uint8Array, at: number): number {
  let position = at;
  while (isSpace(text[position]) && position - at < shortSpaceBytes) position += 1;
  return position;
}

/** @returns behind the string that begins at `at`. @throws NotJson, also if it goes on at `end` */
export function stringEnd(text: Buffer, at: number, end: number = text.length): number {
  let position = at + 1;
  let soonEnd = Math.min(end, at + shortStringBytes);
  for (;;) {
    while (position < soonEnd && isPlain[text[position] as number] === 1) position += 1;
    if (position >= end) throw new NotJson(text, end);
    if (position >= soonEnd) {
      const found = longStringEnd(text, at, end);
      if (found !== undefined) return found;
      soonEnd = end;
      continue;
    }
    if (text[position] === quote) return position + 1;
    if (text[position] !== backslash) throw new NotJson(text, position);
    const escape = isEscape[text[position + 1] ?? 0];
    if (escape === 0) throw new NotJson(text, position + 1);
    position += 2;
    if (escape !== 2) continue;
    for (const codeEnd = position + 4; position < codeEnd; position += 1) {
      if (!isHexDigit(text[position])) throw new NotJson(text, position);
    }
  }
}

/**
 * What the engine itself does is many times faster than a byte at a time, from some length on.
 * @returns `undefined` if it is too long for that, or not a string
 */
function longStringEnd(text: Buffer, at: number, end: number): number | undefined {
  let quoteAt = at;
  let escapes: number;
  do {
    quoteAt = text.indexOf(quote, quoteAt + 1);
    if (quoteAt === -1 || quoteAt >= end || quoteAt - at > longStringBytesMax) return undefined;
    escapes = quoteAt - 1;
    while (text[escapes] === backslash) escapes -= 1;
  } while ((quoteAt - 1 - escapes) % 2 === 1);
  try {
    // Bytes of UTF-8 taken for characters are as good: only those below 0x80 matter.
    JSON.parse(text.toString('latin1', at, quoteAt + 1));
    return quoteAt + 1;
  } catch {
    return undefined;
  }
}

/** The value that begins at `start`, looked at step by step. One of these serves for many values, one after the other. */
export class ValueScan {
  readonly #text: Buffer;
  /** Whether a line feed ends a value too early: it is to be one line. */
  readonly #isLine: boolean;
  /** Of each level that is open: 1 for an object. */
  #isObject = new Uint8Array(32);
  #depth = 0;
  #expects: Expects = expects.value;
  #start = 0;
  #spaces = 0;
  #position = 0;

  constructor(text: Buffer, { isLine = false }: { readonly isLine?: boolean } = {}) {
    this.#text = text;
    this.#isLine = isLine;
  }

  /** How far it is looked at; behind the value when it is over. */
  get position(): number {
    return this.#position;
  }

  /** Bytes of what was looked at, without whitespace outside strings. */
  get compactBytes(): number {
    return this.#position - this.#start - this.#spaces;
  }

  begin(at: number): this {
    this.#start = at;
    this.#position = at;
    this.#spaces = 0;
    this.#depth = 0;
    this.#expects = expects.value;
    return this;
  }

  /**
   * Goes on for about `bytes`: a string or a number is not left in its middle.
   * @returns whether the value is over
   * @throws NotJson
   */
  advance(bytes: number): boolean {
    const text = this.#text;
    const until = Math.min(text.length, this.#position + bytes);
    let position = this.#position;
    let expected = this.#expects;
    while (position < until) {
      const byte = text[position] as number;
      if (isSpace(byte)) {
        if (byte === newline && this.#isLine) throw new NotJson(text, position);
        this.#spaces += 1;
        position += 1;
        continue;
      }
      if (expected === expects.colon) {
        if (byte !== colon) throw new NotJson(text, position);
        expected = expects.value;
        position += 1;
        continue;
      }
      if (expected === expects.commaOrEnd && byte === comma) {
        expected = this.#isObject[this.#depth - 1] === 1 ? expects.name : expects.value;
        position += 1;
        continue;
      }
      if (expected >= expects.nameOrEnd && expected <= expects.name && byte === quote) {
        position = stringEnd(text, position);
        expected = expects.colon;
        continue;
      }
      const isEnd =
        (byte === closeBrace &&
          (expected === expects.nameOrEnd || (expected === expects.commaOrEnd && this.#isObject[this.#depth - 1] === 1))) ||
        (byte === closeBracket &&
          (expected === expects.valueOrEnd || (expected === expects.commaOrEnd && this.#isObject[this.#depth - 1] === 0)));
      if (isEnd) {
        this.#depth -= 1;
        position += 1;
      } else if (expected > expects.valueOrEnd) throw new NotJson(text, position);
      else if (byte === openBrace || byte === openBracket) {
        this.#open(byte === openBrace);
        expected = byte === openBrace ? expects.nameOrEnd : expects.valueOrEnd;
        position += 1;
        continue;
      } else position = scalarEnd(text, position);
      // A value is over.
      expected = expects.commaOrEnd;
      if (this.#depth === 0) {
        this.#position = position;
        return true;
      }
    }
    if (position >= text.length) throw new NotJson(text, text.length);
    this.#position = position;
    this.#expects = expected;
    return false;
  }

  #open(isObject: boolean): void {
    if (this.#depth === this.#isObject.length) {
      const larger = new Uint8Array(2 * this.#depth);
      larger.set(this.#isObject);
      this.#isObject = larger;
    }
    this.#isObject[this.#depth] = Number(isObject);
    this.#depth += 1;
  }
}

/** @returns behind the string, number or literal that begins at `at`. @throws NotJson */
function scalarEnd(text: Buffer, at: number): number {
  const byte = text[at] as number;
  if (byte === quote) return stringEnd(text, at);
  if (byte === minus || isDigit(byte)) return numberEnd(text, at);
  const literal: Buffer | undefined = literals[byte as keyof typeof literals];
  if (literal === undefined) throw new NotJson(text, at);
  for (let i = 1; i < literal.length; i += 1) if (text[at + i] !== literal[i]) throw new NotJson(text, at + i);
  return at + literal.length;
}

function numberEnd(text: Uint8Array, at: number): number {
  let position = text[at] === minus ? at + 1 : at;
  if (text[position] === 0x30) position += 1;
  else position = digitsEnd(text, position);
  if (text[position] === point) position = digitsEnd(text, position + 1);
  if (text[position] === 0x65 || text[position] === 0x45) {
    position += 1;
    if (text[position] === plus || text[position] === minus) position += 1;
    position = digitsEnd(text, position);
  }
  return position;
}

/** At least one. */
function digitsEnd(text: Uint8Array, at: number): number {
  let position = at;
  while (isDigit(text[position])) position += 1;
  if (position === at) throw new NotJson(text, at);
  return position;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
