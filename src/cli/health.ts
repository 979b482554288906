/** `rlog health`: also the health check of the image, whose base has no curl. */

import { healthOf } from './health-json.ts';

export async function health(url: string, options: { readonly json?: boolean }): Promise<void> {
  const answer = await healthOf(url);
  const { server_id: id, status, role, message_count: count } = answer;
  process.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : `${id} ${status}, ${role}, ${count} messages\n`);
}
