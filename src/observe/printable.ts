/**
 * Makes foreign text safe for a terminal or a log line: characters that would move the cursor, change colours, title or
 * clipboard, or reverse the direction of the text are shown by their number. A JSON text keeps its meaning.
 */

import { isUtf8 } from 'node:buffer';

/** Control characters, lone surrogates, characters that change the direction of text, and line separators. */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Returns the text as one line. */
export function printable(text: string): string {
  return text.replaceAll(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a text whose line breaks are ours. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** How UTF-8 writes what is unsafe, except for newlines, byte by byte. */
const unsafeBytes = new RegExp(
  String.raw`[\0-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2(\x80[\x8e\x8f\xa8-\xae]|\x81[\xa6-\xa9])|\xed[\xa0-\xbf]`,
);

/** The same as `printableLines`, for bytes; what is safe, as almost everything is, is not copied. */
export function printableBytes(bytes: Buffer): Buffer {
  if (isUtf8(bytes) && !unsafeBytes.test(bytes.toString('latin1'))) return bytes;
  return Buffer.from(printableLines(bytes.toString('utf8')));
}

/** The same for every text in a plain value, such as the facts of a log event. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printableValue);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [printable(name), printableValue(part)]));
}

/** The same for an error as pino writes it: the line breaks of its stack are ours. */
export function printableError(error: object): object {
  return Object.fromEntries(Object.entries(error).map(([name, value]) => [printable(name), printableField(name, value)]));
}

function printableField(name: string, value: unknown): unknown {
  return name === 'stack' && typeof value === 'string' ? printableLines(value) : printableValue(value);
}
