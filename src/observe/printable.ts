/**
 * Text of others on a terminal, or in a line of a log: what would move the cursor, change colours, title or clipboard,
 * or turn the direction of what follows, is shown by its number. In a JSON text it means the same as before.
 */

/** Controls; halves of characters; marks, embeddings, overrides and isolates of direction; separators of lines. */
const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** As one line. */
export function printable(text: string): string {
  return text.replaceAll(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for each of its lines, which are ours. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same for every text in a plain value: what was found out about others, on its way into a log. */
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printableValue);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [printable(name), printableValue(part)]));
}
