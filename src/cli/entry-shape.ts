/** How an entry is printed. */

import { messageIn } from './entries.ts';

export interface EntryShape {
  /** The whole entry, as JSON. */
  readonly json?: boolean;
  /** Strings as text, without quotes. */
  readonly raw?: boolean;
}

/** @param text - of an entry, as the node sent it */
export function shaped(text: Buffer, { json, raw }: EntryShape): Uint8Array | string {
  if (json === true) return text;
  const message = messageIn(text);
  return raw === true && message.toString('latin1', 0, 1) === '"' ? (JSON.parse(message.toString('utf8')) as string) : message;
}
