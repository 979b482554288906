/** `rlog members` */

import type { ClusterForced, Registered } from '../api/members.ts';
import type { Health } from '../api/health.ts';
import { memberPath, membersPath } from '../api/paths.ts';
import { withoutPassword } from '../client/base-url.ts';
import { healthOf, nodeOf } from './any-node.ts';
import { printable } from '../observe/printable.ts';
import { CliError } from './cli-error.ts';
import { counted } from '../api/wording.ts';
import { exitCodes } from './exit-codes.ts';
import { healthAt } from './health-json.ts';
import { askOrFail } from './http-client.ts';
import { needUrl, needUrls } from './log-client.ts';
import { inOrder } from './member-order.ts';
import { say, sayJson } from './print.ts';
import { askForYes } from './question.ts';
import { membersTable } from './status-lines.ts';

interface MembersOptions {
  readonly url: string;
  readonly json?: boolean;
}

export async function listMembers(options: MembersOptions): Promise<void> {
  const health = await healthOf(options.url);
  if (options.json === true) sayJson(health.members);
  else process.stdout.write(membersTable(health.members, health.leader?.id));
}

/** @throws CliError */
export async function addMember(url: string, options: MembersOptions): Promise<void> {
  needUrl(url);
  const answer = (await askOrFail(await nodeOf(options.url), membersPath, { method: 'POST', body: { url } })) as Registered;
  const { id, state } = answer;
  if (options.json === true) {
    if (state === 'unreached') process.exitCode = exitCodes.unknown;
    return sayJson(answer);
  }
  if (state === 'unreached')
    throw new CliError(`the leader cannot reach ${answer.url} yet; it keeps trying for a minute`, exitCodes.unknown);
  say(state === 'member' ? `${id ?? url} is a member` : `${id ?? url} is joining: it is copying the log, and counts once it has caught up`);
}

/** @throws CliError */
export async function removeMember(
  id: string,
  options: MembersOptions & { readonly force?: boolean; readonly yes?: boolean },
): Promise<void> {
  if (options.force === true) return forceNewCluster(id, options);
  const answer = await askOrFail(await nodeOf(options.url), memberPath(id), { method: 'DELETE' });
  if (options.json === true) sayJson(answer);
  else say(`${id} is removed; "rlog members add URL" adds it again`);
}

async function forceNewCluster(id: string, { url, yes, json }: MembersOptions & { readonly yes?: boolean }): Promise<void> {
  const urls = needUrls(url);
  const [kept = ''] = urls;
  if (urls.length > 1) throw new CliError('--force begins a new cluster from one node: name that node with --url', exitCodes.usage);
  // Also for a script, whose output is all that remains of what was lost.
  process.stderr.write((await lossLines(await healthAt(kept), id)).map((line) => `${printable(line)}\n`).join(''));
  await askForYes('Begin the new cluster?', yes === true);
  const answer = (await askOrFail(kept, `${memberPath(id)}?force=true`, { method: 'DELETE' })) as ClusterForced;
  if (json === true) sayJson(answer);
  else say(`${answer.kept} begins the new cluster ${answer.cluster}, from the log of ${withoutPassword(kept)}`);
}

/** What would be lost. */
async function lossLines(kept: Health, removed: string): Promise<string[]> {
  const { logEnd } = kept.ends;
  const others = inOrder(kept.members, undefined).filter((member) => member.id !== kept.node);
  const seen = await Promise.all(others.map(async (member) => `  ${member.id}: ${await standing(member.url, logEnd)}`));
  return [
    `${kept.node} would begin a new cluster, without ${removed}, from its own log: ${counted(logEnd, 'entry', 'entries')}, of which it knows ${kept.ends.committedEnd} to be committed.`,
    ...(seen.length === 0
      ? []
      : [
          'Entries that only other members hold are lost, acknowledged or not:',
          ...seen,
          'From then on the other members are refused. They keep their files, and can join again once their folders are emptied.',
        ]),
    '',
  ];
}

async function standing(url: string, keptEnd: number): Promise<string> {
  try {
    const { logEnd } = (await healthAt(url)).ends;
    const more = logEnd - keptEnd;
    return more > 0 ? `its log is longer by ${counted(more, 'entry', 'entries')}, which would be lost` : 'its log is not longer';
  } catch (error) {
    if (error instanceof CliError) return 'not reached: what it has is unknown';
    throw error;
  }
}
