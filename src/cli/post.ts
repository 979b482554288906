/** `rlog post`: what the test client of seed 002 does with one message. */

import { nodeOf } from './any-node.ts';
import { asLongAsItTakes, clientOf, orFail } from './log-client.ts';
import { say } from './print.ts';

export async function post(message: string, options: { readonly url: string }): Promise<void> {
  const { ms, answer } = await timedPost(message, await nodeOf(options.url));
  say(`posted in ${(ms / 1000).toFixed(2)} s: ${JSON.stringify(answer)}`);
}

/** @throws CliError */
export async function timedPost(message: string, url: string): Promise<{ readonly ms: number; readonly answer: object }> {
  const begunAt = performance.now();
  const { offset, w, acks, epoch } = await orFail(clientOf(url).append(message, asLongAsItTakes));
  return { ms: performance.now() - begunAt, answer: { offset, w, acks, epoch } };
}
