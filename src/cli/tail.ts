/** `rlog tail` */

import type { ReadLevel } from '../api/entries.ts';
import { LogClient } from '../client/index.ts';
import type { ProblemError, Skipped } from '../client/index.ts';
import { shaped } from './entry-shape.ts';
import type { EntryShape } from './entry-shape.ts';
import { clusterAt } from './any-node.ts';
import { counted } from '../api/wording.ts';
import { firstOffsetIn } from './health-json.ts';
import { cliErrorOf, tokenFor } from './log-client.ts';
import { messages } from './messages.ts';
import { print } from './print.ts';
import { printable } from '../observe/printable.ts';
import { wholeNumber } from './whole-number.ts';

interface TailOptions extends EntryShape {
  readonly url: string;
  readonly follow?: boolean;
  readonly lines: string;
  readonly from?: string;
  readonly read: string;
  readonly skipTrimmed?: boolean;
}

export async function tail(options: TailOptions): Promise<void> {
  const { url, lines, read, from: start, follow: isFollowing, ...shape } = options;
  const count = wholeNumber('--lines', lines, { min: 0 });
  // If no node answers now, that is an error; a node that fails later is waited for.
  const { urls, health } = await clusterAt(url);
  const { committedEnd, visibleEnd } = health.ends;
  const end = read === 'default' ? visibleEnd : committedEnd;
  const from = start === undefined ? Math.max(firstOffsetIn(health), end - count) : wholeNumber('--from', start, { min: 0 });
  if (isFollowing === true) return follow(urls, options, from);
  return messages({ url, read, from: String(from), ...shape });
}

async function follow(urls: readonly string[], { read, skipTrimmed = false, ...shape }: TailOptions, from: number): Promise<void> {
  let isBroken = false;
  const onRetry = (reason: ProblemError): void => {
    if (!isBroken) process.stderr.write(`rlog: ${printable(reason.detail)}; trying again\n`);
    isBroken = true;
  };
  const options = { from, level: read as ReadLevel, onRetry, onTrimmed: skipTrimmed ? 'skip' : 'fail', onSkip: tellGone } as const;
  try {
    for await (const text of new LogClient({ urls, token: tokenFor(urls) }).followTexts(options)) {
      isBroken = false;
      const line = Buffer.from(text);
      await print([shaped(line, shape), '\n'], { isExact: shape.raw });
    }
  } catch (error) {
    throw cliErrorOf(error);
  }
}

function tellGone({ start, firstOffset, count }: Skipped): void {
  const gone = `${counted(count, 'entry is', 'entries are')} gone, from offset ${start} on: the log begins at ${firstOffset}`;
  process.stderr.write(`rlog: ${gone}\n`);
}
