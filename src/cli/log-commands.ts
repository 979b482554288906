/** Commands that append to the log and read it: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { ReadLevel } from '../api/entries.ts';
import type { AppendGiven } from './append.ts';
import { addMoreHelp } from './more-help.ts';
import { withUrl } from './node-options.ts';

const levels: readonly string[] = ['default', 'committed', 'linearizable'] satisfies readonly ReadLevel[];

function readOption(): Option {
  return new Option('--read <level>', 'how certain: committed is never taken back, linearizable is also up to date').choices(levels);
}

function rawOption(): Option {
  return new Option('--raw', 'print strings as text, without quotes').conflicts('json');
}

const appendHelp = {
  examples: [
    ["rlog append 'Hello' --w majority"],
    ['rlog append < lines.txt'],
    ['rlog messages | rlog append --json-lines --url http://other:5000'],
  ],
  paragraphs: [
    'Lines of standard input are sent again until they are stored, and nothing is stored twice. If append has to stop, it says which lines are stored, and prints the command that continues.',
  ],
} as const;

export function addLogCommands(rlog: Command): void {
  addMoreHelp(withUrl(rlog.command('append')), appendHelp)
    .description('append messages: arguments, or lines of standard input')
    .argument('[messages...]')
    .option('--w <concern>', 'how many nodes must have them on disk: a number, majority or all')
    .option('--timeout-ms <ms>', 'how long to keep trying (default: 30000); for lines of input, per batch')
    .option('--if-epoch <epoch>', 'only while this epoch leads; needs --w of majority or more')
    .option('--key <key>', 'idempotency key: what was stored under it is not stored again')
    .option('--from-line <number>', 'with --key: continue at this line of the input, after a run that stopped')
    .option('--json-lines', 'messages are JSON values (default: strings)')
    .addOption(new Option('--values', 'the same as --json-lines').hideHelp())
    .option('--json', 'print the answer as JSON; for lines of input, one per batch')
    .action(async (messages: string[], given: AppendGiven) => {
      const { append } = await import('./append.ts');
      await append(messages, given);
    });

  withUrl(rlog.command('messages'))
    .description('print the messages, one per line')
    .option('--from <offset>', 'offset of the first entry')
    .option('--limit <count>', 'maximum number of messages')
    .addOption(readOption())
    .addOption(rawOption())
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; raw?: boolean; from?: string; limit?: string; read?: string; json?: boolean }) => {
      const { messages } = await import('./messages.ts');
      await messages(given);
    });

  withUrl(rlog.command('tail'))
    .description('print the last messages; with -f, keep following, even if nodes restart')
    .option('-f, --follow', 'print new messages as they arrive')
    .option('-n, --lines <count>', 'how many of the last messages', '10')
    .option('--from <offset>', 'start at this offset instead')
    .option('--skip-trimmed', 'with -f: if entries are trimmed before they were printed, say so and go on')
    .addOption(readOption().default('committed'))
    .addOption(rawOption())
    .option('--json', 'print whole entries')
    .action(async (given: TailGiven) => {
      const { tail } = await import('./tail.ts');
      await tail(given);
    });
}

interface TailGiven {
  readonly url: string;
  readonly raw?: boolean;
  readonly follow?: boolean;
  readonly lines: string;
  readonly from?: string;
  readonly skipTrimmed?: boolean;
  readonly read: string;
  readonly json?: boolean;
}
