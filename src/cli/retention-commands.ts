/** Commands for what the log keeps: their arguments and their help. */

import type { Command } from 'commander';
import { addMoreHelp } from './more-help.ts';
import { withUrl } from './node-options.ts';

const trimHelp = {
  examples: [
    ['rlog trim --before 120000 --dry-run', 'say what would go'],
    ['rlog trim --before 120000', 'let everything before entry 120000 go'],
  ],
  paragraphs: ['What is gone cannot be brought back: nobody can read it any more, on any node.'],
} as const;

const setHelp = {
  examples: [
    ['rlog retention set --max-age 7d', 'keep a week'],
    ['rlog retention set --max-age 30d --max-bytes 100GiB', 'keep a month, and no more than fits'],
    ['rlog retention set --max-age none', 'keep everything'],
  ],
  paragraphs: [
    'It replaces what was set: a limit that is not named is none, and the window is a day. Entries beyond a limit go soon after.',
  ],
} as const;

export function addRetentionCommands(rlog: Command): void {
  addMoreHelp(withUrl(rlog.command('trim')), trimHelp)
    .description('let all entries before an offset go, on all nodes')
    .requiredOption('--before <offset>', 'the first entry that stays')
    .option('--dry-run', 'only say what would go')
    .option('--yes', 'do not ask for confirmation')
    .option('--json', 'print the answer as JSON')
    .action(async (given: { url: string; before: string; dryRun?: boolean; yes?: boolean; json?: boolean }) => {
      const { trim } = await import('./trim.ts');
      await trim(given);
    });

  const retention = rlog.command('retention').description('show what the cluster keeps, or set it');
  withUrl(retention.command('show', { isDefault: true }))
    .description('show what the cluster keeps')
    .option('--json', 'print it as JSON')
    .action(async (given: { url: string; json?: boolean }) => {
      const { showRetention } = await import('./retention.ts');
      await showRetention(given);
    });
  addMoreHelp(withUrl(retention.command('set')), setHelp)
    .description('set what the cluster keeps from now on')
    .option('--max-age <duration>', 'let entries go that are older, like 7d; none: no limit')
    .option('--max-bytes <size>', 'keep so much on each node, like 2GiB, and let the oldest entries go')
    .option('--max-entries <count>', 'keep so many entries, and let the oldest go')
    .option('--idempotency-window <duration>', 'how long idempotency keys are remembered (default: 24h)')
    .option('--json', 'print the answer as JSON')
    .action(async (given: RetentionSet) => {
      const { setRetention } = await import('./retention.ts');
      await setRetention(given);
    });
}

interface RetentionSet {
  readonly url: string;
  readonly maxAge?: string;
  readonly maxBytes?: string;
  readonly maxEntries?: string;
  readonly idempotencyWindow?: string;
  readonly json?: boolean;
}
