/** How many messages an append may have, and how large each may be. */

import { LogError } from '../../api/problems.ts';
import { eachMessage } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';

/** Each message costs some memory besides its bytes, however short it is. */
export const messagesMax = 100_000;

/** @throws LogError */
export function tooMany(): never {
  throw new LogError('too-many-messages', `an append has at most ${messagesMax} messages: send several appends`, {
    countMax: messagesMax,
  });
}

/** @throws LogError */
export function tooLarge(bytesMax: number, bytes?: number): never {
  const facts = bytes === undefined ? { bytesMax } : { bytes, bytesMax };
  const what = bytes === undefined ? 'a message' : `a message of ${bytes} bytes`;
  throw new LogError('message-too-large', `${what} is larger than ${bytesMax}`, facts);
}

/** For messages that are laid out already. @throws LogError */
export function checkSizes(messages: PackedMessages, messageBytesMax: number): void {
  if (messages.count > messagesMax) tooMany();
  // No message of them can be larger than all of them.
  if (messages.bytes.length <= messageBytesMax) return;
  eachMessage(messages, (start, end) => {
    if (end - start > messageBytesMax) tooLarge(messageBytesMax, end - start);
  });
}
