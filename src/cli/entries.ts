/** Entries of a node, as text. Messages are not parsed, so they come out exactly as they were sent, however deeply nested. */

import type { ReadTextsOptions } from '../client/index.ts';
import { asLongAsItTakes, clientOf, cliErrorOf } from './log-client.ts';

const messageField = '"message":';

/**
 * Yields one JSON object per entry.
 * @throws CliError
 */
export async function* entryTexts(url: string, options: ReadTextsOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const text of clientOf(url).readTexts({ ...asLongAsItTakes, ...options })) yield Buffer.from(text);
  } catch (error) {
    throw cliErrorOf(error);
  }
}

/** The offset in the text of an entry: its first field. */
export function offsetIn(text: Buffer): number {
  return Number.parseInt(text.toString('latin1', '{"offset":'.length, 40), 10);
}

/** The message in the text of an entry: its last field. */
export function messageIn(text: Buffer): Buffer {
  return text.subarray(text.indexOf(messageField) + messageField.length, -1);
}
