/** `rlog post`: what the test client of seed 002 does with one message. */

import { messagesPath } from '../api/paths.ts';
import { askOrFail, postJson } from './http-client.ts';
import { say } from './print.ts';

export async function post(message: string, options: { readonly url: string }): Promise<void> {
  const { ms, answer } = await timedPost(message, options.url);
  say(`posted in ${(ms / 1000).toFixed(2)} s: ${JSON.stringify(answer)}`);
}

/** @throws CliError */
export async function timedPost(message: string, url: string): Promise<{ readonly ms: number; readonly answer: unknown }> {
  const begunAt = performance.now();
  const answer = await askOrFail(url, messagesPath, postJson({ message }));
  return { ms: performance.now() - begunAt, answer };
}
