/** Commands about tokens: their arguments and their help. */

import type { Command } from 'commander';
import { scopes } from '../trust/caller.ts';

export function addTokenCommands(rlog: Command): void {
  const token = rlog.command('token').description('tokens, which clients show to nodes');
  token
    .command('new')
    .description('make a token, and the line with which a node knows it (API_TOKENS_FILE); nothing is kept')
    .option('--scope <scopes>', `what it may: ${scopes.join(', ')}, or several with commas between them`, 'read')
    .option('--name <name>', 'whose it is, for the log of the nodes', 'client')
    .option('--json', 'print both as JSON')
    .action(async (given: { scope: string; name: string; json?: boolean }) => {
      const { newToken } = await import('./new-token.ts');
      newToken(given);
    });
}
