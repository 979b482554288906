/**
 * The keys of an append whose messages have keys of their own: as the body has them, and as what a retry is recognised by.
 * Work for many keys is done in steps.
 */

import { hash } from 'node:crypto';
import { fingerprintBytes } from '../../core/model/batch.ts';
import type { AppendKey } from '../../core/model/batch.ts';
import { eachMessage } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import { reject } from '../wire/values.ts';
import type { Steps } from '../wire/steps.ts';
import type { Span } from './json-text.ts';

/** A key for each message, or null for none. */
export type MessageKeys = readonly (string | null)[];

/** About a millisecond of work. */
const keysPerStep = 1000;
/** Most messages are shorter. */
const scratchBytes = 4096;
/** A key of 255 characters, each of them escaped. */
const textBytesMax = 2 + 6 * 255;
/** What a header can carry as well: printable Latin-1, without spaces around it. */
const form = /^[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff]{0,253}[\x21-\x7e\xa0-\xff])?$/;

/** @param spans - JSON values in the body @throws LogError */
export function* messageKeys(body: Buffer, spans: readonly Span[]): Steps<MessageKeys> {
  const keys: (string | null)[] = [];
  for (const { start, end } of spans) {
    const value: unknown = end - start > textBytesMax ? undefined : JSON.parse(body.toString('utf8', start, end));
    const isKey = value === null || (typeof value === 'string' && form.test(value));
    if (!isKey) reject(`key ${keys.length} must be null, or 1 to 255 printable characters of Latin-1, without spaces around them`);
    keys.push(value);
    if (keys.length % keysPerStep === 0) yield;
  }
  return keys;
}

/** The same key as one in the header `Idempotency-Key` of an append of this message alone. */
export function* appendKeys(messages: PackedMessages, keys: MessageKeys): Steps<(AppendKey | undefined)[]> {
  const bounds: number[] = [];
  eachMessage(messages, (start, end) => bounds.push(start, end));
  const bytes = Buffer.alloc(2 * fingerprintBytes * keys.length);
  const scratch = Buffer.allocUnsafe(scratchBytes);
  const found: (AppendKey | undefined)[] = [];
  for (const [index, key] of keys.entries()) {
    if (key === null) found.push(undefined);
    else {
      const text = messages.bytes.subarray(bounds[2 * index], bounds[2 * index + 1]);
      const at = 2 * fingerprintBytes * index;
      const middle = at + fingerprintBytes;
      // As text, because that takes a third of the time that a buffer takes.
      bytes.write(hash('sha256', key, 'binary'), at, fingerprintBytes, 'latin1');
      bytes.write(hash('sha256', digested(text, scratch), 'binary'), middle, fingerprintBytes, 'latin1');
      found.push({ fingerprint: bytes.subarray(at, middle), digest: bytes.subarray(middle, middle + fingerprintBytes), entryCount: 1 });
    }
    if (index % keysPerStep === keysPerStep - 1) yield;
  }
  return found;
}

/** The message, preceded by its length in digits; in `scratch`, if it fits. */
function digested(text: Buffer, scratch: Buffer): Buffer {
  const length = `${text.length}:`;
  if (length.length + text.length > scratch.length) return Buffer.concat([Buffer.from(length), text]);
  const start = scratch.write(length, 'latin1');
  return scratch.subarray(0, start + text.copy(scratch, start));
}
