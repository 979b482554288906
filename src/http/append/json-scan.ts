/**
 * Checks that bytes are JSON and finds where a value ends, without building the value: memory is one byte per open
 * level, nothing recurses, and the work can be done in steps.
 *
 * The bytes must be valid UTF-8 (the caller has checked that); then JSON's own characters are enough to judge them.
 *
 * The check of a peer's batch (protocol/is-json.ts) does not serve here: it cannot stop halfway, and says neither where
 * a value ends nor what is wrong with it.
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

/** By byte: 1 if it stands for itself in a string. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[quote] = 0;
isPlain[backslash] = 0;

/** By byte: 1 if it may follow a backslash in a string; 2 for `u`, which needs four hex digits. */
const isEscape = new Uint8Array(256);
for (const character of '"\\/bfnrt') isEscape[character.charCodeAt(0)] = 1;
isEscape[0x75] = 2;

/** What may come next in the text. */
const expects = { value: 0, valueOrEnd: 1, nameOrEnd: 2, name: 3, colon: 4, commaOrEnd: 5 } as const;
type Expects = (typeof expects)[keyof typeof expects];

/** The text is not JSON. */
export class NotJson extends LogError {
  /** Position of the first byte that is wrong. */
  readonly position: number;
  readonly what: string;

  constructor(text: Uint8Array, position: number) {
    const byte = text[position];
    const what = `${byte === undefined ? 'unexpected end' : `unexpected ${describe(byte)}`} at byte ${position}`;
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

/** @returns the position after the whitespace at `at`, or after the first 64 bytes of it */
export function shortSpaceEnd(text: Uint8Array, at: number): number {
  let position = at;
  while (isSpace(text[position]) && position - at < shortSpaceBytes) position += 1;
  return position;
}

/**
 * @returns the position after the string that begins at `at`
 * @throws NotJson, also if the string is not over at `end`
 */
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
 * For a long string, `indexOf` and `JSON.parse` are many times faster than going byte by byte.
 * @returns `undefined` if the string is too long for that, or invalid
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
    // Reading UTF-8 as latin1 is fine here: only bytes below 0x80 matter.
    JSON.parse(text.toString('latin1', at, quoteAt + 1));
    return quoteAt + 1;
  } catch {
    return undefined;
  }
}

/** Scans a value step by step. One instance serves many values, one after the other. */
export class ValueScan {
  readonly #text: Buffer;
  /** The value must be on one line: a line feed in it is an error. */
  readonly #isLine: boolean;
  /** For each open level: 1 for an object, 0 for an array. */
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

  /** How far the scan has come: the end of the value, once it is over. */
  get position(): number {
    return this.#position;
  }

  /** Bytes scanned so far, without whitespace outside strings. */
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
   * Scans about `bytes` more; it does not stop inside a string or a number.
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

/** @returns the position after the string, number or literal that begins at `at` @throws NotJson */
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

/** There must be at least one digit. @throws NotJson */
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
