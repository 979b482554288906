/** Commands that back up the log and restore it: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { BackupOptions } from './backup.ts';
import { addMoreHelp } from './more-help.ts';
import { withUrl } from './node-options.ts';
import type { RestoreOptions } from './restore.ts';

const backupHelp = {
  examples: [
    ['rlog backup log.tar.zst'],
    ['rlog backup monday.tar.zst --from log.tar.zst', 'only what came since'],
    ['rlog backup - | ssh other "cat > log.tar.zst"'],
  ],
  paragraphs: [
    'The backup holds what is committed, as far as the node that is asked knows. It is written to FILE.part, read back and checked, and then renamed.',
  ],
} as const;

const restoreHelp = {
  examples: [
    ['rlog restore log.tar.zst --data data/n1'],
    ['rlog restore log.tar.zst monday.tar.zst --data data/n1'],
    ['rlog restore log.tar.zst --data data/n1 --until 2026-11-27T14:03:00Z'],
  ],
  paragraphs: [
    'The first node that starts with the folder begins a new cluster, with the same offsets. All other nodes start with empty folders and copy the log from it.',
  ],
} as const;

export function addBackupCommands(rlog: Command): void {
  addMoreHelp(withUrl(rlog.command('backup')), backupHelp)
    .description('back up the log of a running node, or what came since an earlier backup')
    .argument('<file>', 'the file to write; - for standard output')
    .option('--from <place>', 'an increment: the earlier backup that it follows, or the offset of the first entry')
    .addOption(new Option('--compression <kind>', 'how the backup is compressed').choices(['zstd', 'none']).default('zstd'))
    .option('--overwrite', 'replace the file if it exists')
    .option('--json', 'print what was backed up as JSON')
    .action(async (file: string, given: BackupOptions) => {
      const { backup } = await import('./backup.ts');
      await backup(file, given);
    });

  addMoreHelp(rlog.command('restore'), restoreHelp)
    .description('make a data folder of a backup and its increments')
    .argument('<files...>', 'a backup, then its increments in their order; - for standard input')
    .requiredOption('--data <dir>', 'the folder to make; it must not exist, or be empty')
    .option('--until <place>', 'leave out the entries from this offset on, or those written at this time or later')
    .option('--json', 'print what was restored as JSON')
    .action(async (files: string[], given: RestoreOptions) => {
      const { restore } = await import('./restore.ts');
      await restore(files, given);
    });
}
