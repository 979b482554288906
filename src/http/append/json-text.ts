/**
 * Copies JSON text without losing how it was written: a message comes back as it was sent (number spelling, key order,
 * escapes), and only whitespace outside strings is removed, so that it is always one line.
 */

import { isSpace, stringEnd } from './json-scan.ts';
import { stepBytes } from '../wire/steps.ts';
import type { Steps } from '../wire/steps.ts';

const quote = 0x22;

/** `[start, end)` of a value in its text, and how long it is without whitespace outside strings. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly compactBytes: number;
}

/** @param to - where there is room for `compactBytes`. The value is known to be JSON. */
export function* copyCompact(text: Buffer, { start, end }: Span, to: { readonly bytes: Buffer; readonly position: number }): Steps<void> {
  let length = to.position;
  let stepEnd = start + stepBytes;
  for (let position = start; position < end; ) {
    const runStart = position;
    while (position < end && !isSpace(text[position])) position = text[position] === quote ? stringEnd(text, position) : position + 1;
    length += text.copy(to.bytes, length, runStart, position);
    while (position < end && position < stepEnd && isSpace(text[position])) position += 1;
    if (position < stepEnd) continue;
    stepEnd = position + stepBytes;
    yield;
  }
}
