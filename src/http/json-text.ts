/**
 * Takes JSON apart without losing how it was written: a message comes back as it was sent, so its text is kept (number
 * spelling, key order, escapes), and only whitespace outside strings is removed.
 *
 * Everything here works on bytes that are known to be valid JSON (`JSON.parse` said so); then a few characters are
 * enough to find where values begin and end.
 */

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** `[start, end)` of a value in its text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(text: Uint8Array, at: number): number {
  let position = at;
  while (isSpace(text[position])) position += 1;
  return position;
}

/** @returns behind the string that begins at `at` */
function skipString(text: Uint8Array, at: number): number {
  // A search by the engine itself passes over long strings many bytes at a time.
  for (let end = text.indexOf(quote, at + 1); ; end = text.indexOf(quote, end + 1)) {
    let escapes = end - 1;
    while (text[escapes] === backslash) escapes -= 1;
    if ((end - 1 - escapes) % 2 === 0) return end + 1;
  }
}

/** @returns behind the value that begins at `at` */
function skipValue(text: Uint8Array, at: number): number {
  const first = text[at];
  if (first === quote) return skipString(text, at);
  let position = at;
  if (first === openBrace || first === openBracket) {
    let depth = 0;
    do {
      const byte = text[position];
      if (byte === quote) {
        position = skipString(text, position);
        continue;
      }
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      position += 1;
    } while (depth > 0);
    return position;
  }
  for (;;) {
    const byte = text[position];
    if (byte === undefined || byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) return position;
    position += 1;
  }
}

/** The members of the object that `text` is, each with the name it has once its escapes are read. */
export function objectMembers(text: Buffer): { readonly name: string; readonly value: Span }[] {
  const members: { name: string; value: Span }[] = [];
  let position = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[position] !== closeBrace) {
    const nameEnd = skipString(text, position);
    const name = nameAt(text, { start: position, end: nameEnd });
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    members.push({ name, value: { start, end } });
    position = skipSpace(text, end);
    if (text[position] === comma) position = skipSpace(text, position + 1);
  }
  return members;
}

function nameAt(text: Buffer, { start, end }: Span): string {
  const quoted = text.toString('utf8', start, end);
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** The elements of the array that lies at `span`, at most so many. */
export function arrayElements(text: Uint8Array, span: Span, elementsMax: number): Span[] {
  const elements: Span[] = [];
  let position = skipSpace(text, span.start + 1);
  while (text[position] !== closeBracket && elements.length < elementsMax) {
    const end = skipValue(text, position);
    elements.push({ start: position, end });
    position = skipSpace(text, end);
    if (text[position] === comma) position = skipSpace(text, position + 1);
  }
  return elements;
}

/** The value at `span`, without whitespace outside strings: always one line. A view of `text` where nothing is to be removed. */
export function compactValue(text: Buffer, span: Span): Buffer {
  const value = text.subarray(span.start, span.end);
  if (value[0] === quote) return value;
  const firstSpace = findSpace(value, 0);
  if (firstSpace === value.length) return value;
  const compact = Buffer.allocUnsafe(value.length);
  let length = 0;
  for (let position = 0; position < value.length; ) {
    const end = findSpace(value, position);
    length += value.copy(compact, length, position, end);
    position = skipSpace(value, end);
  }
  return compact.subarray(0, length);
}

/** The next whitespace outside strings from `at` on, or the end. */
function findSpace(text: Uint8Array, at: number): number {
  let position = at;
  while (position < text.length) {
    const byte = text[position];
    if (byte === quote) position = skipString(text, position);
    else if (isSpace(byte)) return position;
    else position += 1;
  }
  return text.length;
}
