/** Commands that show or change the cluster: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { NodeKind } from '../config/config.ts';
import { addMoreHelp } from './more-help.ts';
import { namedKinds } from './named-kinds.ts';
import { oneUrlArgument, withToken, withUrl } from './node-options.ts';

const statusHelp = {
  examples: [['rlog status'], ['rlog status --watch'], ["rlog status --strict || echo 'a member is missing'"]],
} as const;

const doctorHelp = {
  examples: [['rlog doctor'], ['rlog doctor --url http://n1:5000,http://n2:5000', 'also asks each address']],
} as const;

const removeHelp = {
  examples: [['rlog members remove secondary2'], ['rlog members remove secondary2 --force --url http://localhost:5000']],
  paragraphs: ['With --force, --url is the node to keep: the new cluster begins with its log.'],
} as const;

export function addClusterCommands(rlog: Command): void {
  addMoreHelp(withUrl(rlog.command('status')), statusHelp)
    .description('show the leader, and how each node is; exit code 1 if appends would be refused')
    .option('--watch [seconds]', 'repeat every so many seconds (default: 1)')
    .option('--strict', 'exit code 1 also while w=all would wait for a member, or none may fail')
    .option('--json', 'print the status as JSON')
    .action(async (given: { url: string; json?: boolean; strict?: boolean; watch?: string | true }) => {
      const { status } = await import('./status.ts');
      await status(given);
    });

  addMoreHelp(withUrl(rlog.command('doctor')), doctorHelp)
    .description('ask all nodes, and say what is wrong or will be, and what to do; exit code 1 if something is wrong')
    .option('--strict', 'exit code 1 also for what is only a risk')
    .option('--json', 'print the findings as JSON')
    .action(async (given: { url: string; json?: boolean; strict?: boolean }) => {
      const { doctor } = await import('./doctor.ts');
      await doctor(given);
    });

  withToken(rlog.command('health'))
    .description('check that a node serves: exit code 0 if it does')
    .addArgument(oneUrlArgument())
    .option('--json', 'print the whole answer as JSON')
    .addOption(new Option('--by-name [kind]', 'check the node that "rlog by-name" runs here').choices(namedKinds))
    .action(async (url: string, given: { json?: boolean; byName?: NodeKind | true }) => {
      const { health } = await import('./health.ts');
      await health(url, given);
    });

  const members = rlog.command('members').description('list members, add or remove one');
  withUrl(members.command('list', { isDefault: true }))
    .description('list the members')
    .option('--json', 'print them as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { listMembers } = await import('./members.ts');
      await listMembers(given);
    });
  withUrl(members.command('add'))
    .description('add a node, also one that was removed: it becomes a member once it has copied the log')
    .argument('<url>', 'URL at which the other nodes reach it')
    .option('--json', 'print the answer as JSON')
    .action(async (url: string, given: { url: string; json?: boolean }) => {
      const { addMember } = await import('./members.ts');
      await addMember(url, given);
    });
  addMoreHelp(withUrl(members.command('remove')), removeHelp)
    .description('remove a member: appends stop waiting for it, and it stays out until it is added again')
    .argument('<id>')
    .option('--force', 'if the majority is lost: begin a new cluster from the log of one node (--url)')
    .option('--yes', 'do not ask for confirmation of --force')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, given: { url: string; force?: boolean; yes?: boolean; json?: boolean }) => {
      const { removeMember } = await import('./members.ts');
      await removeMember(id, given);
    });

  withUrl(rlog.command('promote'))
    .description('make a node the leader: the old leader hands over, and no append fails')
    .argument('[id]', 'the node (default: the node that is asked)')
    .option('--timeout-ms <ms>', 'how long to wait until it leads (default: 10000)')
    .option('--force', 'do not ask the leader, or whether the other nodes would support it')
    .option('--yes', 'do not ask for confirmation of --force')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string | undefined, given: { url: string; timeoutMs?: string; force?: boolean; yes?: boolean; json?: boolean }) => {
      const { promote } = await import('./promote.ts');
      await promote(id, given);
    });
}
