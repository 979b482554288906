/** Entries of a node, as text: a message is never parsed here, so it comes out as it was sent, however deep it is. */

import type { ReadTextsOptions } from '../client/index.ts';
import { asLongAsItTakes, clientOf, cliErrorOf } from './log-client.ts';

const messageField = '"message":';

/**
 * One JSON object each.
 * @throws CliError
 */
export async function* entryTexts(url: string, options: ReadTextsOptions = {}): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const text of clientOf(url).readTexts({ ...asLongAsItTakes, ...options })) yield Buffer.from(text);
  } catch (error) {
    throw cliErrorOf(error);
  }
}

/** The message of such a text: its last field. */
export function messageIn(text: Buffer): Buffer {
  return text.subarray(text.indexOf(messageField) + messageField.length, -1);
}
