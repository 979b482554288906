/** Commands that look into a data folder: their arguments and their help. */

import type { Command } from 'commander';

export function addFolderCommands(rlog: Command): void {
  rlog
    .command('verify')
    .description('check a data folder, and say what is damaged and where; changes nothing')
    .argument('<dir>')
    .option('--json', 'print the findings as JSON')
    .action(async (dir: string, given: { json?: boolean }) => {
      const { verify } = await import('./verify.ts');
      await verify(dir, given);
    });

  rlog
    .command('repair')
    .description('lower the promised epoch of a data folder whose node is stopped, if it is out of reach of the others; read the warning')
    .argument('<dir>')
    .option('--promised-epoch <epoch>', 'lower it to this: at least the epoch of every node that goes on (default: that of its log)')
    .option('--yes', 'do not ask')
    .action(async (dir: string, given: { promisedEpoch?: string; yes?: boolean }) => {
      const { repair } = await import('./repair.ts');
      await repair(dir, given);
    });
}
