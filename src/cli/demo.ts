/** `rlog demo`: what the test client of seed 002 shows. */

import { messagesOn } from './get.ts';
import { counted } from '../api/wording.ts';
import { healthAt } from './health-json.ts';
import { timedPost } from './post.ts';
import { say } from './print.ts';

const shown = 5;
const posts = 3;

export async function demo(urls: readonly string[]): Promise<void> {
  const [master = 'http://127.0.0.1:5000'] = urls;
  say('Health');
  for (const url of urls) {
    const health = await healthAt(url);
    say(
      `  ${health.server_id.padEnd(14)} ${health.status.padEnd(10)} ${health.role.padEnd(10)} ${counted(health.message_count, 'message').padEnd(14)} ${url}`,
    );
  }
  say('', 'Appends, each answered when every member holds it');
  for (let n = 1; n <= posts; n += 1) {
    const message = `Demo message ${n} of ${new Date().toISOString()}`;
    const { ms, answer } = await timedPost(message, master);
    say(`  ${(ms / 1000).toFixed(2).padStart(6)} s   ${JSON.stringify(answer)}`);
  }
  say('', 'The last messages on each node');
  for (const url of urls) {
    const messages = await messagesOn(url);
    say(`  ${url}: ${counted(messages.length, 'message')}`);
    for (const { message } of messages.slice(-shown)) say(`      ${message.toString('utf8')}`);
  }
}
