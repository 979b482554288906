/**
 * Copies JSON text as it was written (spelling of numbers, order of keys, escapes). Only whitespace outside strings is
 * removed, so that a message is always one line.
 */

import { isSpace, stringEnd } from './json-scan.ts';
import { stepBytes } from '../wire/steps.ts';
import type { Steps } from '../wire/steps.ts';

const quote = 0x22;

/** `[start, end)` of a value in its text, and its length without whitespace outside strings. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly compactBytes: number;
}

/**
 * Copies a value that is known to be JSON.
 * @param to - must have room for `compactBytes`
 */
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
