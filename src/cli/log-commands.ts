/** Commands that write and read the log: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { ReadLevel } from '../api/entries.ts';
import type { AppendGiven } from './append.ts';
import { addMoreHelp } from './more-help.ts';
import { withUrl } from './node-options.ts';

const levels: readonly string[] = ['default', 'committed', 'linearizable'] satisfies readonly ReadLevel[];

function readOption(): Option {
  return new Option('--read <level>', 'how certain: committed is never taken back, linearizable is the latest as well').choices(levels);
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
    'Lines of standard input are sent again until they are stored, and nothing is stored twice. If it has to stop, it says which lines are stored, and prints the command that goes on.',
  ],
} as const;

export function addLogCommands(rlog: Command): void {
  addMoreHelp(withUrl(rlog.command('append')), appendHelp)
    .description('append messages: arguments, or lines of standard input')
    .argument('[messages...]')
    .option('--w <concern>', 'how many nodes must hold them: a number, majority or all')
    .option('--timeout-ms <ms>', 'how long to keep trying (default: 30000); for lines of input, with each batch of them')
    .option('--key <key>', 'idempotency key: what was stored under it is not stored again')
    .option('--from-line <number>', 'with --key: go on at this line of the input after a run that stopped')
    .option('--json-lines', 'each message is a JSON value; without it, a string')
    .addOption(new Option('--values', 'the same as --json-lines').hideHelp())
    .option('--json', 'print the answer as JSON, for lines one for each batch')
    .action(async (messages: string[], given: AppendGiven) => {
      const { append } = await import('./append.ts');
      await append(messages, given);
    });

  withUrl(rlog.command('messages'))
    .description('print the messages, one per line')
    .option('--from <offset>', 'first entry')
    .option('--limit <count>', 'at most so many')
    .addOption(readOption())
    .addOption(rawOption())
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; raw?: boolean; from?: string; limit?: string; read?: string; json?: boolean }) => {
      const { messages } = await import('./messages.ts');
      await messages(given);
    });

  withUrl(rlog.command('tail'))
    .description('print the last messages, and with -f whatever comes, through restarts of the node')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'so many of the last', '10')
    .option('--from <offset>', 'from this entry on, instead of the last')
    .addOption(readOption().default('committed'))
    .addOption(rawOption())
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; raw?: boolean; follow?: boolean; lines: string; from?: string; read: string; json?: boolean }) => {
      const { tail } = await import('./tail.ts');
      await tail(given);
    });
}
