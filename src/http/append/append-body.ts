/**
 * Parses the body of an append, in each of its forms, into messages as they will be stored. Whatever is wrong with a
 * body is a `LogError` with the outcome `rejected`: nothing of it is stored.
 *
 * No values are built: the bytes are scanned, step by step (json-scan.ts). So the cost of a body is bounded by its
 * size, and other requests wait for one step of it at most. An error message quotes only the beginning of what it
 * refuses.
 */

import type { WriteConcern } from '../../api/entries.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import { MessagePacker, lengthBytes, packMessages } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import { NotJson, ValueScan, isSpace, shortSpaceEnd, stringEnd } from './json-scan.ts';
import { copyCompact } from './json-text.ts';
import { messagesMax, tooLarge, tooMany } from './message-limits.ts';
import type { Span } from './json-text.ts';
import { messageKeys } from './message-keys.ts';
import type { MessageKeys } from './message-keys.ts';
import { checkUtf8 } from '../wire/body.ts';
import { shortened } from '../wire/problem.ts';
import { asEpoch, asTimeout, asWriteConcern, reject } from '../wire/values.ts';
import { stepBytes } from '../wire/steps.ts';
import type { Steps } from '../wire/steps.ts';

export interface AppendBody {
  /** At least one. */
  readonly messages: PackedMessages;
  /** One for each message, if the body has keys. */
  readonly keys: MessageKeys | undefined;
  /** The body was a list of messages: the answer then has a count. */
  readonly isMany: boolean;
  readonly w: WriteConcern | undefined;
  readonly timeoutMs: number | undefined;
  /** It is only for this epoch. */
  readonly ifEpoch: Epoch | undefined;
}

/** What a field of a JSON body means. Seed 001 calls them `data` and `write_concern`. */
type FieldMeaning = 'keys' | 'message' | 'messages' | 'w' | 'timeoutMs' | 'ifEpoch';
export type BodyFields = Readonly<Record<string, FieldMeaning>>;

export const nativeFields: BodyFields = {
  ...{ message: 'message', messages: 'messages', keys: 'keys' },
  ...{ w: 'w', write_concern: 'w', timeoutMs: 'timeoutMs', ifEpoch: 'ifEpoch' },
};
export const envelopeFields: BodyFields = { data: 'message', w: 'w', write_concern: 'w', timeoutMs: 'timeoutMs' };

export interface JsonRules {
  readonly fields: BodyFields;
  readonly messageBytesMax: number;
}

/** Field names and settings are shorter than this; anything longer is wrong, whatever it says. */
const shortBytes = 256;

const newline = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** `{"message": …}` or `{"messages": […]}`, and the write concern. @throws LogError */
export function* jsonAppend(body: Buffer, { fields, messageBytesMax }: JsonRules): Steps<AppendBody> {
  checkUtf8(body);
  const seen: FieldMeaning[] = [];
  const spans: Span[] = [];
  const keySpans: Span[] = [];
  let w: WriteConcern | undefined;
  let timeoutMs: number | undefined;
  let ifEpoch: Epoch | undefined;
  let at = shortSpaceEnd(body, 0);
  if (isSpace(body[at])) at = yield* spaceEnd(body, at);
  if (body[at] !== openBrace) reject('the body must be a JSON object');
  do {
    at = shortSpaceEnd(body, at + 1);
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
    if (body[at] === closeBrace && seen.length === 0) break;
    const nameEnd = memberNameEnd(body, at, fields);
    const name = nameAt(body, at, nameEnd);
    const meaning = noteMember(name, fields, seen);
    at = shortSpaceEnd(body, nameEnd);
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
    if (body[at] !== colon) throw new NotJson(body, at);
    at = shortSpaceEnd(body, at + 1);
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
    if (meaning === 'message') {
      const scan = new ValueScan(body).begin(at);
      if (!scan.advance(stepBytes)) yield* lookThrough(scan, messageBytesMax);
      spans.push(spanOf(scan, at, messageBytesMax));
      at = scan.position;
    } else if (meaning === 'messages') {
      at = yield* listEnd(body, { at, spans, name, valueBytesMax: messageBytesMax });
    } else if (meaning === 'keys') {
      at = yield* listEnd(body, { at, spans: keySpans, name, valueBytesMax: Number.POSITIVE_INFINITY });
    } else {
      const setting = settingAt(body, at);
      if (meaning === 'w') w = asWriteConcern(setting.value, name);
      else if (meaning === 'timeoutMs') timeoutMs = asTimeout(setting.value);
      else ifEpoch = asEpoch(setting.value);
      at = setting.end;
    }
    at = shortSpaceEnd(body, at);
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
  } while (body[at] === comma);
  if (body[at] !== closeBrace) throw new NotJson(body, at);
  at = shortSpaceEnd(body, at + 1);
  if (isSpace(body[at])) at = yield* spaceEnd(body, at);
  if (at < body.length) throw new NotJson(body, at);
  const isMany = seen.includes('messages');
  if (seen.includes('message') === isMany) {
    const names = Object.keys(fields).filter((name) => fields[name] === 'message' || fields[name] === 'messages');
    const quoted = names.map((name) => `"${name}"`).join(' or ');
    reject(isMany ? `the body must have ${quoted}, not both` : `${quoted} is missing: there is nothing to append`);
  }
  const keys = seen.includes('keys') ? yield* keysFor(body, { spans, keySpans, isMany }) : undefined;
  return { messages: packInPlace(body, spans) ?? (yield* pack(body, spans)), keys, isMany, w, timeoutMs, ifEpoch };
}

/** @throws LogError */
function* keysFor(
  body: Buffer,
  { spans, keySpans, isMany }: { readonly spans: readonly Span[]; readonly keySpans: readonly Span[]; readonly isMany: boolean },
): Steps<MessageKeys> {
  if (!isMany) reject('"keys" needs "messages": a single message has its key in the header Idempotency-Key');
  const [keys, messages] = [keySpans.length, spans.length];
  if (keys !== messages) reject(`"keys" must have one for each message, or null: there are ${keys} for ${messages} messages`);
  return yield* messageKeys(body, keySpans);
}

/** @returns the position after the name that begins at `at` @throws LogError, NotJson */
function memberNameEnd(body: Buffer, at: number, fields: BodyFields): number {
  if (body[at] !== quote) throw new NotJson(body, at);
  const end = Math.min(body.length, at + shortBytes);
  try {
    return stringEnd(body, at, end);
  } catch (error) {
    if (error instanceof NotJson && error.position === end && end < body.length) rejectField(body.toString('utf8', at + 1, end), fields);
    throw error;
  }
}

function nameAt(body: Buffer, start: number, end: number): string {
  const name = body.toString('utf8', start + 1, end - 1);
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name;
}

function noteMember(name: string, fields: BodyFields, seen: FieldMeaning[]): FieldMeaning {
  const meaning = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (meaning === undefined) rejectField(name, fields);
  if (seen.includes(meaning)) reject(`"${name}" is given twice`, { field: name });
  seen.push(meaning);
  return meaning;
}

function rejectField(name: string, fields: BodyFields): never {
  const field = shortened(name);
  reject(`unknown field "${field}"; known fields: ${Object.keys(fields).join(', ')}`, { field });
}

/** Reads a setting, all of whose valid values are short. @throws NotJson */
function settingAt(body: Buffer, at: number): { readonly value: unknown; readonly end: number } {
  const text = body.subarray(at, at + shortBytes);
  const scan = new ValueScan(text).begin(0);
  try {
    if (scan.advance(text.length)) return { value: JSON.parse(text.toString('utf8', 0, scan.position)), end: at + scan.position };
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const isWhole = at + text.length === body.length;
    if (isWhole || error.position < text.length) throw new NotJson(body, at + error.position);
  }
  return { value: text.toString('utf8'), end: at + text.length };
}

interface ListIn {
  readonly at: number;
  /** Takes the elements. */
  readonly spans: Span[];
  readonly name: string;
  readonly valueBytesMax: number;
}

/** Collects the elements of the list at `at`. @returns the position after it */
function* listEnd(body: Buffer, { at: start, spans, name, valueBytesMax }: ListIn): Steps<number> {
  if (body[start] !== openBracket) reject(`"${name}" must be a list`);
  const scan = new ValueScan(body);
  let at = start;
  let stepEnd = start + stepBytes;
  do {
    at += 1;
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
    if (body[at] === closeBracket && spans.length === 0) reject(`"${name}" is empty: there is nothing to append`);
    if (spans.length === messagesMax) tooMany();
    scan.begin(at);
    if (!scan.advance(stepBytes)) yield* lookThrough(scan, valueBytesMax);
    spans.push(spanOf(scan, at, valueBytesMax));
    at = scan.position;
    if (isSpace(body[at])) at = yield* spaceEnd(body, at);
    if (at < stepEnd) continue;
    stepEnd = at + stepBytes;
    yield;
  } while (body[at] === comma);
  if (body[at] !== closeBracket) throw new NotJson(body, at);
  return at + 1;
}

/** Scans the rest of a value that is longer than one step. @throws NotJson, LogError */
function* lookThrough(scan: ValueScan, messageBytesMax: number): Steps<void> {
  do {
    // Stop as soon as it is known to be too large.
    if (scan.compactBytes > messageBytesMax) tooLarge(messageBytesMax);
    yield;
  } while (!scan.advance(stepBytes));
}

/** @throws LogError */
function spanOf(scan: ValueScan, start: number, messageBytesMax: number): Span {
  const { position: end, compactBytes } = scan;
  if (compactBytes > messageBytesMax) tooLarge(messageBytesMax, compactBytes);
  return { start, end, compactBytes };
}

function* spaceEnd(body: Buffer, start: number): Steps<number> {
  let at = start;
  for (let stepEnd = at + stepBytes; isSpace(body[at]); at += 1) {
    if (at < stepEnd) continue;
    stepEnd = at + stepBytes;
    yield;
  }
  return at;
}

/**
 * Leaves a single message where it is in the body and writes its length in front of it, because copying would cost more
 * than the parsing did. This overwrites part of the body, which must not be used afterwards.
 * @returns `undefined` if there are several messages, whitespace to remove, or too many other bytes in the body
 */
function packInPlace(body: Buffer, spans: readonly Span[]): PackedMessages | undefined {
  const [only] = spans;
  if (only === undefined || spans.length > 1) return undefined;
  const { start, end, compactBytes } = only;
  const isRight = end - start === compactBytes && start >= lengthBytes && body.length - compactBytes <= shortBytes;
  if (!isRight) return undefined;
  body.writeUInt32LE(compactBytes, start - lengthBytes);
  return { count: 1, bytes: body.subarray(start - lengthBytes, end) };
}

function* pack(body: Buffer, spans: readonly Span[]): Steps<PackedMessages> {
  let bytes = 0;
  for (const { compactBytes } of spans) bytes += compactBytes;
  const packer = new MessagePacker(spans.length, bytes);
  let stepBegan = 0;
  for (const span of spans) {
    const { start, end, compactBytes } = span;
    const position = packer.next(compactBytes);
    if (end - start === compactBytes) body.copy(packer.bytes, position, start, end);
    else yield* copyCompact(body, span, { bytes: packer.bytes, position });
    if (start - stepBegan < stepBytes) continue;
    stepBegan = start;
    yield;
  }
  return packer.packed();
}

/** Parses one JSON value per line; empty lines are skipped. @throws LogError */
export function* ndjsonAppend(body: Buffer, messageBytesMax: number): Steps<Pick<AppendBody, 'messages' | 'keys' | 'isMany'>> {
  checkUtf8(body);
  const spans: Span[] = [];
  const scan = new ValueScan(body, { isLine: true });
  let lineNumber = 1;
  /** This line has had its value. */
  let isTaken = false;
  try {
    for (let at = 0, stepEnd = stepBytes; at < body.length; ) {
      if (isSpace(body[at])) {
        if (body[at] === newline) {
          lineNumber += 1;
          isTaken = false;
        }
        at += 1;
      } else {
        if (isTaken) throw new NotJson(body, at);
        if (spans.length === messagesMax) tooMany();
        scan.begin(at);
        if (!scan.advance(stepBytes)) yield* lookThrough(scan, messageBytesMax);
        spans.push(spanOf(scan, at, messageBytesMax));
        at = scan.position;
        isTaken = true;
      }
      if (at < stepEnd) continue;
      stepEnd = at + stepBytes;
      yield;
    }
  } catch (error) {
    if (error instanceof NotJson) reject(`line ${lineNumber} is not JSON: ${error.what}`, { line: lineNumber });
    throw error;
  }
  if (spans.length === 0) reject('the body has no lines: there is nothing to append');
  return { messages: yield* pack(body, spans), keys: undefined, isMany: true };
}

/** Takes the whole text as one JSON string. @throws LogError */
export function textAppend(body: Buffer, messageBytesMax: number): Pick<AppendBody, 'messages' | 'keys' | 'isMany'> {
  checkUtf8(body);
  if (body.length === 0) reject('the body is empty: there is nothing to append');
  if (body.length > messageBytesMax) tooLarge(messageBytesMax);
  const message = Buffer.from(JSON.stringify(body.toString('utf8')), 'utf8');
  if (message.length > messageBytesMax) tooLarge(messageBytesMax, message.length);
  return { messages: packMessages([message]), keys: undefined, isMany: false };
}
