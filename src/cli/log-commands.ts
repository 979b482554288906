/** Commands that write and read the log: their arguments and their help. */

import { Option } from 'commander';
import type { Command } from 'commander';
import type { ReadLevel } from '../api/entries.ts';
import { withUrl } from './node-options.ts';

const levels: readonly string[] = ['default', 'committed', 'linearizable'] satisfies readonly ReadLevel[];

function readOption(): Option {
  return new Option('--read <level>', 'what to show: linearizable is the most recent, committed never vanishes').choices(levels);
}

export function addLogCommands(rlog: Command): void {
  withUrl(rlog.command('append'))
    .description('append messages: arguments, or lines of standard input')
    .argument('[messages...]')
    .option('--w <concern>', 'how many nodes must hold them: a number, majority or all')
    .option('--timeout-ms <ms>', 'how long to wait for that')
    .option('--key <key>', 'idempotency key: the same one again is not stored again')
    .option('--values', 'messages are JSON values; without it they are strings')
    .option('--json', 'print the answer as JSON')
    .action(
      async (
        messages: string[],
        given: { url: string; w?: string; timeoutMs?: string; key?: string; values?: boolean; json?: boolean },
      ) => {
        const { append } = await import('./append.ts');
        await append(messages, given);
      },
    );

  withUrl(rlog.command('messages'))
    .description('print the messages, one per line')
    .option('--from <offset>', 'first entry')
    .option('--limit <count>', 'at most so many')
    .addOption(readOption())
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; from?: string; limit?: string; read?: string; json?: boolean }) => {
      const { messages } = await import('./messages.ts');
      await messages(given);
    });

  withUrl(rlog.command('tail'))
    .description('print the last messages, and with -f whatever comes, through restarts of the node')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'so many of the last', '10')
    .option('--from <offset>', 'from this entry on, instead of the last')
    .addOption(readOption().default('committed'))
    .option('--json', 'print whole entries')
    .action(async (given: { url: string; follow?: boolean; lines: string; from?: string; read: string; json?: boolean }) => {
      const { tail } = await import('./tail.ts');
      await tail(given);
    });
}
