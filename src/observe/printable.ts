/**
 * Makes foreign text safe for a terminal or a log line: characters that would move the cursor, change colours, title or
 * clipboard, or reverse the direction of the text are shown by their number. A JSON text keeps its meaning.
 */

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

/** The same for every text in a plain value, such as the facts of a log event. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printableValue);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [printable(name), printableValue(part)]));
}
