/**
 * The messages of one append, laid out as in their batch: each is a JSON text without whitespace outside strings, with its
 * length before it. However many there are, they take a single buffer and a count.
 */

import { assert } from '../core/model/assert.ts';

/** The size of the length before each message, which is little-endian. */
export const lengthBytes = 4;

export interface PackedMessages {
  readonly count: number;
  /** Each message with its length before it. */
  readonly bytes: Buffer;
}

export function packMessages(messages: readonly Uint8Array[]): PackedMessages {
  const packer = new MessagePacker(
    messages.length,
    messages.reduce((sum, message) => sum + message.length, 0),
  );
  for (const message of messages) packer.bytes.set(message, packer.next(message.length));
  return packer.packed();
}

/** Packs messages whose number and total size are known. */
export class MessagePacker {
  readonly bytes: Buffer;
  readonly #count: number;
  #position = 0;

  constructor(count: number, messageBytes: number) {
    this.#count = count;
    this.bytes = Buffer.allocUnsafe(messageBytes + count * lengthBytes);
  }

  /** @returns where in `bytes` to put the next message, of this length */
  next(length: number): number {
    const start = this.bytes.writeUInt32LE(length, this.#position);
    this.#position = start + length;
    return start;
  }

  packed(): PackedMessages {
    assert(this.#position === this.bytes.length, 'messages are packed as they were measured');
    return { count: this.#count, bytes: this.bytes };
  }
}

/** Some of the messages. @param picks - their indexes, in order */
export function pickMessages(messages: PackedMessages, picks: readonly number[]): PackedMessages {
  const parts: Buffer[] = [];
  let index = 0;
  eachMessage(messages, (start, end) => {
    if (index === picks[parts.length]) parts.push(messages.bytes.subarray(start - lengthBytes, end));
    index += 1;
  });
  assert(parts.length === picks.length, 'messages are picked that are there');
  return { count: parts.length, bytes: Buffer.concat(parts) };
}

/** Visits the place of each message in `bytes`: `[start, end)`. */
export function eachMessage({ bytes }: PackedMessages, visit: (start: number, end: number) => void): void {
  for (let position = 0; position < bytes.length; ) {
    const start = position + lengthBytes;
    position = start + bytes.readUInt32LE(position);
    visit(start, position);
  }
}
