/**
 * The body of an append, in whatever form it comes, into messages as they will be stored. Everything that is wrong with
 * it is a `LogError` with the outcome `rejected`: what is answered so is never stored.
 */

import { isUtf8 } from 'node:buffer';
import { writeTimeoutMsMax } from '../config.ts';
import { isW } from '../core/write-concern.ts';
import type { W } from '../core/write-concern.ts';
import { LogError } from '../problems.ts';
import { arrayElements, compactValue, objectMembers } from './json-text.ts';
import type { Span } from './json-text.ts';

export interface AppendBody {
  /** At least one: JSON texts without whitespace outside strings. */
  readonly messages: readonly Buffer[];
  /** Whether the body was a list of messages: its answer says how many. */
  readonly isMany: boolean;
  readonly w: W | undefined;
  readonly timeoutMs: number | undefined;
}

/** What a member of a JSON body means. Seed 001 says `data` and `write_concern`. */
type FieldMeaning = 'message' | 'messages' | 'w' | 'timeoutMs' | 'ignored';
export type BodyFields = Readonly<Record<string, FieldMeaning>>;

export const nativeFields: BodyFields = { message: 'message', messages: 'messages', w: 'w', write_concern: 'w', timeoutMs: 'timeoutMs' };
export const envelopeFields: BodyFields = { data: 'message', w: 'w', write_concern: 'w', timeoutMs: 'timeoutMs' };

/** Of one append: each costs some memory beside its bytes, however short it is. */
const messagesMax = 100_000;

function tooMany(): never {
  throw new LogError('too-many-messages', `an append of more than ${messagesMax} messages: send them as several`, {
    countMax: messagesMax,
  });
}

function reject(detail: string, facts: Readonly<Record<string, unknown>> = {}): never {
  throw new LogError('bad-request', detail, facts);
}

/** A JSON text in UTF-8. @throws LogError */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) reject('the body is not UTF-8');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new LogError('bad-request', `the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {}, { cause });
  }
}

/** `{"message": …}` or `{"messages": […]}`, and the write concern. @throws LogError */
export function parseJsonAppend(body: Buffer, fields: BodyFields): AppendBody {
  const value = parseJson(body);
  if (!isObject(value)) reject('the body must be a JSON object');
  const found = new Map<FieldMeaning, Span>();
  let w: W | undefined;
  let timeoutMs: number | undefined;
  for (const { name, value: span } of objectMembers(body)) {
    const meaning = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (meaning === undefined) reject(`unknown field "${name}"; known are ${Object.keys(fields).join(', ')}`, { field: name });
    if (found.has(meaning)) reject(`"${name}" is there twice`, { field: name });
    found.set(meaning, span);
    if (meaning === 'w') w = asW(value[name]);
    else if (meaning === 'timeoutMs') timeoutMs = asTimeout(value[name]);
  }
  const one = found.get('message');
  const many = found.get('messages');
  if ((one === undefined) === (many === undefined)) {
    const names = Object.keys(fields).filter((name) => fields[name] === 'message' || fields[name] === 'messages');
    reject(`the body must have one of ${names.map((name) => `"${name}"`).join(' and ')}`);
  }
  return {
    messages: one === undefined ? listOf(body, many) : [compactValue(body, one)],
    isMany: one === undefined,
    w,
    timeoutMs,
  };
}

function listOf(body: Buffer, span: Span | undefined): Buffer[] {
  if (span === undefined || body[span.start] !== 0x5b) reject('"messages" must be a list');
  const elements = arrayElements(body, span, messagesMax + 1);
  if (elements.length > messagesMax) tooMany();
  if (elements.length === 0) reject('"messages" is empty: there is nothing to append');
  return elements.map((element) => compactValue(body, element));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One JSON value per line; empty lines are passed over. @throws LogError */
export function parseNdjsonAppend(body: Buffer): Pick<AppendBody, 'messages' | 'isMany'> {
  if (!isUtf8(body)) reject('the body is not UTF-8');
  const messages: Buffer[] = [];
  let lineNumber = 0;
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf(0x0a, start);
    const end = newline === -1 ? body.length : newline;
    lineNumber += 1;
    const line = body.subarray(start, end);
    if (messages.length === messagesMax) tooMany();
    if (line.some((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0d)) messages.push(valueOfLine(line, lineNumber));
    start = end + 1;
  }
  if (messages.length === 0) reject('the body has no line: there is nothing to append');
  return { messages, isMany: true };
}

function valueOfLine(line: Buffer, lineNumber: number): Buffer {
  try {
    JSON.parse(line.toString('utf8'));
  } catch (cause) {
    throw new LogError(
      'bad-request',
      `line ${lineNumber} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { line: lineNumber },
      { cause },
    );
  }
  return compactValue(line, { start: 0, end: line.length });
}

/** The text itself, as a JSON string. @throws LogError */
export function parseTextAppend(body: Buffer): Pick<AppendBody, 'messages' | 'isMany'> {
  if (!isUtf8(body)) reject('the body is not UTF-8');
  if (body.length === 0) reject('the body is empty: there is nothing to append');
  return { messages: [Buffer.from(JSON.stringify(body.toString('utf8')), 'utf8')], isMany: false };
}

/** Nothing is coerced. @throws LogError */
export function asW(value: unknown): W {
  if (!isW(value)) reject(`"w" must be a positive whole number, "majority" or "all", not ${JSON.stringify(value)}`, { field: 'w' });
  return value;
}

/** @throws LogError */
export function asTimeout(value: unknown): number {
  const isRight = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= writeTimeoutMsMax;
  if (!isRight)
    reject(`"timeoutMs" must be a whole number from 1 to ${writeTimeoutMsMax}, not ${JSON.stringify(value)}`, { field: 'timeoutMs' });
  return value;
}

/** A query's spelling of a number stands for it; everything else is taken as it is. */
export function fromQuery(text: string): unknown {
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
}

/** @throws LogError */
export function checkMessageSizes(messages: readonly Buffer[], messageBytesMax: number): void {
  for (const message of messages) {
    if (message.length > messageBytesMax) {
      throw new LogError('message-too-large', `a message of ${message.length} bytes is larger than ${messageBytesMax}`, {
        bytes: message.length,
        bytesMax: messageBytesMax,
      });
    }
  }
}
