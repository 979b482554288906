/** `rlog members` */

import { askOrFail } from './http-client.ts';
import { healthOf } from './health-json.ts';
import { membersTable } from './status.ts';

export async function listMembers(options: { readonly url: string; readonly json?: boolean }): Promise<void> {
  const health = await healthOf(options.url);
  if (options.json === true) process.stdout.write(`${JSON.stringify(health.members)}\n`);
  else process.stdout.write(membersTable(health.members, health.leader?.id));
}

export async function removeMember(
  id: string,
  options: { readonly url: string; readonly force?: boolean; readonly json?: boolean },
): Promise<void> {
  const path = `/secondaries/${encodeURIComponent(id)}${options.force === true ? '?force=true' : ''}`;
  const answer = await askOrFail(options.url, path, { method: 'DELETE' });
  if (options.json === true) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (options.force === true)
    process.stdout.write(`a new cluster ${(answer as { cluster: string }).cluster} begins from the log of ${options.url}\n`);
  else process.stdout.write(`${id} is out; register it by hand to take it back\n`);
}
