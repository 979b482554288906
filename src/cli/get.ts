/** `rlog get`: what the test client of seed 002 prints of a node. */

import { messagesPath } from '../api/paths.ts';
import { withoutPassword } from '../client/base-url.ts';
import { nodeOf } from './any-node.ts';
import { counted } from '../api/wording.ts';
import { entryTexts, messageIn, offsetIn } from './entries.ts';
import { bytesOf, openOrFail } from './http-client.ts';
import { print } from './print.ts';

const newline = 0x0a;

export async function get(urls: string, options: { readonly json?: boolean }): Promise<void> {
  const url = await nodeOf(urls);
  if (options.json === true) return getJson(url);
  const messages = await messagesOn(url);
  await print([`${counted(messages.length, 'message')} on ${withoutPassword(url)}\n`]);
  for (const { offset, message } of messages) await print([`  ${offset}  `, message, '\n']);
}

interface Kept {
  readonly offset: number;
  /** As JSON text. */
  readonly message: Buffer;
}

/** @throws CliError */
export async function messagesOn(url: string): Promise<readonly Kept[]> {
  const messages: Kept[] = [];
  for await (const text of entryTexts(url)) messages.push({ offset: offsetIn(text), message: messageIn(text) });
  return messages;
}

/** Prints the node's answer. Older nodes send no newline at its end. */
async function getJson(url: string): Promise<void> {
  let isLine = false;
  // A chunk may end within a character.
  const decoder = new TextDecoder();
  for await (const chunk of bytesOf(await openOrFail(url, messagesPath), url)) {
    await print([decoder.decode(chunk, { stream: true })]);
    isLine = chunk.at(-1) === newline;
  }
  if (!isLine) await print([decoder.decode(), '\n']);
}
