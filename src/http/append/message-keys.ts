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
const keysPerStep = 250;
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
  const texts: Buffer[] = [];
  eachMessage(messages, (start, end) => texts.push(messages.bytes.subarray(start, end)));
  const bytes = Buffer.alloc(2 * fingerprintBytes * keys.length);
  const found: (AppendKey | undefined)[] = [];
  for (const [index, key] of keys.entries()) {
    const text = texts[index] ?? Buffer.alloc(0);
    const at = 2 * fingerprintBytes * index;
    if (key === null) found.push(undefined);
    else {
      hash('sha256', key, 'buffer').copy(bytes, at, 0, fingerprintBytes);
      hash('sha256', Buffer.concat([Buffer.from(`${text.length}:`), text]), 'buffer').copy(
        bytes,
        at + fingerprintBytes,
        0,
        fingerprintBytes,
      );
      const fingerprint = bytes.subarray(at, at + fingerprintBytes);
      found.push({ fingerprint, digest: bytes.subarray(at + fingerprintBytes, at + 2 * fingerprintBytes), entryCount: 1 });
    }
    if (index % keysPerStep === keysPerStep - 1) yield;
  }
  return found;
}
