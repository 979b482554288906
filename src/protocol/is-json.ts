/**
 * Whether bytes are one JSON value in UTF-8 (RFC 8259), without building the value: what a peer sends is checked before it is
 * stored, hundreds of thousands of messages a second.
 *
 * A line feed outside strings is refused: a message is always one line. Other whitespace there is accepted, although no node
 * writes any.
 *
 * The scanner of request bodies (http/append/json-scan.ts) is not suitable here: it expects UTF-8 that was checked before, so
 * each message would be copied out of its batch and read twice, which takes half as long again for small ones.
 */

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const letter = { E: 0x45, e: 0x65, f: 0x66, n: 0x6e, t: 0x74, u: 0x75 } as const;

/** Bytes that mean themselves within a string. */
const isPlain = Uint8Array.from({ length: 256 }, (_unused, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== quote && byte !== backslash),
);
const isHex = Uint8Array.from({ length: 256 }, (_unused, byte) => Number(/[0-9a-f]/i.test(String.fromCharCode(byte))));
const isEscape = Uint8Array.from({ length: 256 }, (_unused, byte) => Number('"\\/bfnrt'.includes(String.fromCharCode(byte))));

const words = ['true', 'false', 'null'].map((word) => Uint8Array.from(word, (char) => char.charCodeAt(0)));
const wrong = -1;

/** Whether the bytes `[start, end)` of `text` are one JSON value. */
export function isJson(text: Uint8Array, start: number, end: number): boolean {
  // One byte for each open level: the character that closes it. Most messages have no levels.
  let open: Uint8Array | undefined;
  let depth = 0;
  let at = skipSpace(text, start, end);
  for (;;) {
    // A value begins here.
    const first = at < end ? text[at] : undefined;
    if (first === openBracket || first === openBrace) {
      // In ASCII, `]` and `}` come two after `[` and `{`.
      const close = first + 2;
      at = skipSpace(text, at + 1, end);
      if (at < end && text[at] === close) at += 1;
      else {
        if (open === undefined) open = new Uint8Array(16);
        else if (depth === open.length) open = grown(open);
        open[depth] = close;
        depth += 1;
        if (first === openBrace) at = skipName(text, at, end);
        if (at === wrong) return false;
        continue;
      }
    } else at = skipScalar(text, at, end);
    if (at === wrong) return false;
    // A value has ended here. What surrounds it may end with it, or go on.
    for (;;) {
      at = skipSpace(text, at, end);
      if (depth === 0) return at === end;
      const close = open?.[depth - 1];
      const byte = at < end ? text[at] : undefined;
      at += 1;
      if (byte === close) {
        depth -= 1;
        continue;
      }
      if (byte !== comma) return false;
      at = skipSpace(text, at, end);
      if (close === closeBrace) at = skipName(text, at, end);
      if (at === wrong) return false;
      break;
    }
  }
}

function grown(open: Uint8Array): Uint8Array {
  const larger = new Uint8Array(open.length * 2);
  larger.set(open);
  return larger;
}

function skipSpace(text: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] === 0x20 || text[at] === 0x09 || text[at] === 0x0d)) at += 1;
  return at;
}

/** @returns where the value after this name begins, or `wrong` */
function skipName(text: Uint8Array, at: number, end: number): number {
  if (at >= end || text[at] !== quote) return wrong;
  const behind = skipString(text, at, end);
  if (behind === wrong) return wrong;
  const here = skipSpace(text, behind, end);
  return here < end && text[here] === colon ? skipSpace(text, here + 1, end) : wrong;
}

/** @returns the end of the value without inner values that begins at `at`, or `wrong` */
function skipScalar(text: Uint8Array, at: number, end: number): number {
  if (at >= end) return wrong;
  const first = text[at] ?? 0;
  if (first === quote) return skipString(text, at, end);
  if (first === minus || (first >= zero && first <= nine)) return skipNumber(text, at, end);
  const word = first === letter.t ? words[0] : first === letter.f ? words[1] : first === letter.n ? words[2] : undefined;
  if (word === undefined || end - at < word.length) return wrong;
  for (let i = 1; i < word.length; i += 1) if (text[at + i] !== word[i]) return wrong;
  return at + word.length;
}

/** @returns the end of the string whose opening quote is at `at`, or `wrong` */
function skipString(text: Uint8Array, at: number, end: number): number {
  let position = at + 1;
  while (position < end) {
    const byte = text[position] ?? 0;
    if (isPlain[byte] === 1) position += 1;
    else if (byte === quote) return position + 1;
    else if (byte === backslash) position = skipEscape(text, position, end);
    else if (byte >= 0x80) position = skipCharacter(text, position, end);
    else return wrong;
    if (position === wrong) return wrong;
  }
  return wrong;
}

function skipEscape(text: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return wrong;
  const byte = text[at + 1] ?? 0;
  if (isEscape[byte] === 1) return at + 2;
  if (byte !== letter.u || end - at < 6) return wrong;
  for (let i = 2; i < 6; i += 1) if (isHex[text[at + i] ?? 0] !== 1) return wrong;
  return at + 6;
}

/** A character of several bytes: not longer than necessary, and not a surrogate of UTF-16 (RFC 3629). */
function skipCharacter(text: Uint8Array, at: number, end: number): number {
  const first = text[at] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || end - at < length) return wrong;
  const second = text[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return wrong;
  for (let i = 2; i < length; i += 1) if (((text[at + i] ?? 0) & 0xc0) !== 0x80) return wrong;
  return at + length;
}

function skipNumber(text: Uint8Array, at: number, end: number): number {
  let position = text[at] === minus ? at + 1 : at;
  if (position < end && text[position] === zero) position += 1;
  else position = skipDigits(text, position, end);
  if (position === wrong) return wrong;
  if (position < end && text[position] === point) position = skipDigits(text, position + 1, end);
  if (position === wrong || position >= end) return position;
  const byte = text[position];
  if (byte !== letter.e && byte !== letter.E) return position;
  const sign = text[position + 1];
  return skipDigits(text, sign === minus || sign === 0x2b ? position + 2 : position + 1, end);
}

/** Skips at least one digit. */
function skipDigits(text: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (text[at] ?? 0) >= zero && (text[at] ?? 0) <= nine) at += 1;
  return at === from ? wrong : at;
}
