/** `rlog get`: what the test client of seed 002 prints of a node. */

import { askOrFail } from './http-client.ts';

export async function get(url: string, options: { readonly json?: boolean }): Promise<void> {
  const answer = await askOrFail(url, '/messages');
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const messages = messagesIn(answer);
  process.stdout.write(`${messages.length} messages on ${url}\n`);
  for (const [index, message] of messages.entries()) process.stdout.write(`  ${index}  ${JSON.stringify(message)}\n`);
}

/** The list, whatever the dialect of the node. */
export function messagesIn(answer: unknown): readonly unknown[] {
  const { messages, data } = (answer ?? {}) as { readonly messages?: readonly unknown[]; readonly data?: readonly unknown[] };
  return messages ?? data ?? [];
}
