/** `rlog tail` */

import type { ReadLevel } from '../api/entries.ts';
import { LogClient } from '../client/index.ts';
import type { ProblemError } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { shaped } from './entry-shape.ts';
import type { EntryShape } from './entry-shape.ts';
import { healthOf } from './any-node.ts';
import { cliErrorOf, needUrls } from './log-client.ts';
import { messages } from './messages.ts';
import { print } from './print.ts';
import { printable } from '../observe/printable.ts';

interface TailOptions extends EntryShape {
  readonly url: string;
  readonly follow?: boolean;
  readonly lines: string;
  readonly from?: string;
  readonly read: string;
}

const levels: readonly string[] = ['default', 'committed', 'linearizable'] satisfies readonly ReadLevel[];

export async function tail(options: TailOptions): Promise<void> {
  const { url, lines, read, from: start, follow: isFollowing, ...shape } = options;
  const count = needCount('--lines', lines);
  if (!levels.includes(read)) throw new CliError(`--read must be one of ${levels.join(', ')}, not "${read}"`, exitCodes.usage);
  // Whoever names a node that is not there hears it at once; one that goes away later is waited for.
  const { committedEnd, visibleEnd } = (await healthOf(url)).ends;
  const end = read === 'default' ? visibleEnd : committedEnd;
  const from = start === undefined ? Math.max(0, end - count) : needCount('--from', start);
  if (isFollowing === true) return follow(options, from);
  return messages({ url, read, from: String(from), ...shape });
}

async function follow({ url, read, ...shape }: TailOptions, from: number): Promise<void> {
  let isBroken = false;
  const onRetry = (reason: ProblemError): void => {
    if (!isBroken) process.stderr.write(`rlog: ${printable(reason.detail)}; trying again\n`);
    isBroken = true;
  };
  try {
    for await (const text of new LogClient({ urls: needUrls(url) }).followTexts({ from, level: read as ReadLevel, onRetry })) {
      isBroken = false;
      const line = Buffer.from(text);
      await print([shaped(line, shape), '\n']);
    }
  } catch (error) {
    throw cliErrorOf(error);
  }
}

function needCount(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new CliError(`${flag} must be a whole number from 0 on, not "${text}"`, exitCodes.usage);
  return value;
}
