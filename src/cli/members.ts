/** `rlog members` */

import type { ClusterForced } from '../api/members.ts';
import { memberPath } from '../api/paths.ts';
import { askOrFail } from './http-client.ts';
import { healthOf, nodeOf } from './any-node.ts';
import { membersTable } from './status.ts';
import { say, sayJson } from './print.ts';

export async function listMembers(options: { readonly url: string; readonly json?: boolean }): Promise<void> {
  const health = await healthOf(options.url);
  if (options.json === true) sayJson(health.members);
  else process.stdout.write(membersTable(health.members, health.leader?.id));
}

export async function removeMember(
  id: string,
  options: { readonly url: string; readonly force?: boolean; readonly json?: boolean },
): Promise<void> {
  const path = `${memberPath(id)}${options.force === true ? '?force=true' : ''}`;
  const answer = await askOrFail(await nodeOf(options.url), path, { method: 'DELETE' });
  if (options.json === true) sayJson(answer);
  else if (options.force === true) say(`a new cluster ${(answer as ClusterForced).cluster} begins from the log of ${options.url}`);
  else say(`${id} is out; register it by hand to take it back`);
}
