/** Commands that show the cluster and change it: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { NodeKind } from '../config/config.ts';
import { namedKinds } from './named-kinds.ts';
import { urlArgument, withUrl } from './node-options.ts';

export function addClusterCommands(rlog: Command): void {
  withUrl(rlog.command('status'))
    .description('members with role, state, ends and lag, as the leader sees them')
    .option('--json', 'print it as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { status } = await import('./status.ts');
      await status(given);
    });

  rlog
    .command('health')
    .description('whether a node serves: exit code 0 if it does')
    .addArgument(urlArgument())
    .option('--json', 'print what it says of itself')
    .addOption(new Option('--by-name [kind]', 'the node that "rlog by-name" runs here').choices(namedKinds))
    .action(async (url: string, given: { json?: boolean; byName?: NodeKind | true }) => {
      const { health } = await import('./health.ts');
      await health(url, given);
    });

  const members = rlog.command('members').description('list the members, or take one out');
  withUrl(members.command('list', { isDefault: true }))
    .description('list the members')
    .option('--json', 'print them as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { listMembers } = await import('./members.ts');
      await listMembers(given);
    });
  withUrl(members.command('remove'))
    .description('take a member out: appends stop waiting for it, and it stays out until registered by hand')
    .argument('<id>')
    .option('--force', 'without a majority, on the node to keep (--url): a new cluster from its log alone')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string, given: { url: string; force?: boolean; json?: boolean }) => {
      const { removeMember } = await import('./members.ts');
      await removeMember(id, given);
    });

  withUrl(rlog.command('promote'))
    .description('have a node lead: the leader hands over to it, and no append fails because of it')
    .argument('[id]', 'the node; the one that is asked, without it')
    .option('--timeout-ms <ms>', 'how long to wait for it')
    .option('--force', 'without asking the leader, or whether the others would have it')
    .option('--yes', 'do not ask before --force')
    .option('--json', 'print the answer as JSON')
    .action(async (id: string | undefined, given: { url: string; timeoutMs?: string; force?: boolean; yes?: boolean; json?: boolean }) => {
      const { promote } = await import('./promote.ts');
      await promote(id, given);
    });
}
