/** The offset in the page's address, as in `#log?offset=123`, so that a place in the log can be sent to somebody. */

export function offsetIn(hash: string): number | undefined {
  const text = new URLSearchParams(hash.split('?')[1] ?? '').get('offset');
  return text === null ? undefined : offsetOf(text);
}

export function hashFor(offset: number): string {
  return `#log?offset=${offset}`;
}

/** As somebody types it: `1,234,567`, `1 234 567` and `1234567` are the same. */
export function offsetOf(text: string): number | undefined {
  const digits = text.replaceAll(/[\s,._’']/g, '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
