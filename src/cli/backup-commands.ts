/** Commands that back up the log and restore it: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { BackupOptions } from './backup.ts';
import { addMoreHelp } from './more-help.ts';
import { withUrl } from './node-options.ts';
import type { ExportOptions } from './export.ts';
import type { ImportOptions } from './import.ts';
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

const exportHelp = {
  examples: [
    ['rlog export log.ndjson'],
    ['rlog export --data data/n1 > log.ndjson', 'of a node that does not run'],
    ['rlog export | jq .message'],
  ],
} as const;

const importHelp = {
  examples: [
    ['rlog import log.ndjson --url http://new:5000'],
    ['rlog export --url http://old:5000 | rlog import - --key move --progress move'],
  ],
  paragraphs: ['Messages get new offsets and new dates. To keep those, use backup and restore.'],
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

  addMoreHelp(withUrl(rlog.command('export')), exportHelp)
    .description('write the committed entries as lines of JSON: offset, epoch, timestamp, message')
    .argument('[file]', 'the file to write; - for standard output', '-')
    .option('--data <dir>', 'the data folder of a stopped node instead of a running one')
    .option('--from <offset>', 'offset of the first entry')
    .option('--limit <count>', 'maximum number of entries')
    .option('--overwrite', 'replace the file if it exists')
    .action(async (file: string, given: ExportOptions) => {
      const { exportEntries } = await import('./export.ts');
      await exportEntries(file, given);
    });

  addMoreHelp(withUrl(rlog.command('import')), importHelp)
    .description('append the messages of an export; run again, it goes on, and stores nothing twice')
    .argument('<file>', 'what was exported; - for standard input, with --key and --progress')
    .option('--w <concern>', 'how many nodes must have them on disk: a number, majority or all (default: majority)')
    .option('--timeout-ms <ms>', 'how long to keep trying, per batch (default: 30000)')
    .option('--key <key>', 'name of this import: the beginning of its idempotency keys (default: made of what is in the file)')
    .option('--progress <file>', 'where it notes how far it has come (default: FILE.import)')
    .action(async (file: string, given: ImportOptions) => {
      const { importEntries } = await import('./import.ts');
      await importEntries(file, given);
    });
}
