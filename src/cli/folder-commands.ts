/** Commands for a data folder: their arguments and their help. */

import type { Command } from 'commander';

const initExamples = `
Examples:
  rlog init tls --nodes https://n1:5000,https://n2:5000,https://n3:5000
  rlog init tls --renew                  renew the certificates`;

/** `rlog init`. */
export function addInitCommand(rlog: Command): void {
  rlog
    .command('init')
    .description('make certificates, tokens and a secret for a cluster, and print the settings that use them; overwrites nothing')
    .argument('<dir>')
    .option('--nodes <urls>', 'URLs of all nodes, separated by commas')
    .option('--days <days>', 'how long the certificates are valid', '365')
    .option('--renew', 'make new certificates for all nodes in the folder, and for those of --nodes that are new')
    .addHelpText('after', initExamples)
    .action(async (dir: string, given: { nodes?: string; days: string; renew?: boolean }) => {
      const { init } = await import('./init.ts');
      await init(dir, given);
    });
}

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
