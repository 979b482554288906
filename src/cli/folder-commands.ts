/** Commands for a data folder: their arguments and their help. */

import type { Command } from 'commander';

export function addFolderCommands(rlog: Command): void {
  rlog
    .command('verify')
    .description('check a data folder and report what is damaged, and where; changes nothing')
    .argument('<dir>')
    .option('--json', 'print the findings as JSON')
    .action(async (dir: string, given: { json?: boolean }) => {
      const { verify } = await import('./verify.ts');
      await verify(dir, given);
    });

  rlog
    .command('repair')
    .description('lower the promised epoch of a stopped node, if it is out of reach of the other nodes; read the warning')
    .argument('<dir>')
    .option('--promised-epoch <epoch>', 'lower it to this epoch: at least that of every remaining node (default: the epoch of its log)')
    .option('--yes', 'do not ask for confirmation')
    .action(async (dir: string, given: { promisedEpoch?: string; yes?: boolean }) => {
      const { repair } = await import('./repair.ts');
      await repair(dir, given);
    });
}
