/** Entries of a node, as text: a message is never parsed here, so it comes out as it was sent, however deep it is. */

import { ndjsonMediaType } from '../api/media-types.ts';
import { messagesPath } from '../api/paths.ts';
import { bytesOf, openOrFail } from './http-client.ts';
import { lines } from './lines.ts';

const messageField = '"message":';

/**
 * One JSON object in each line.
 * @throws CliError
 */
export async function* entryLines(url: string, query = new URLSearchParams()): AsyncGenerator<Buffer> {
  const path = query.size === 0 ? messagesPath : `${messagesPath}?${query.toString()}`;
  const answer = await openOrFail(url, path, { headers: { accept: ndjsonMediaType } });
  yield* lines(bytesOf(answer, url));
}

/** The message of such a line: its last field. */
export function messageIn(line: Buffer): Buffer {
  return line.subarray(line.indexOf(messageField) + messageField.length, -1);
}
