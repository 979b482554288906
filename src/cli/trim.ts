/** `rlog trim`: lets entries go. */

import type { Health } from '../api/health.ts';
import { messagesPath } from '../api/paths.ts';
import type { Trimmed } from '../api/retention.ts';
import { counted } from '../api/wording.ts';
import { nodeOf } from './any-node.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { asLeaderSees, firstOffsetIn, healthAt } from './health-json.ts';
import { askOrFail } from './http-client.ts';
import { say, sayJson } from './print.ts';
import { askForYes } from './question.ts';
import { wholeNumber } from './whole-number.ts';

interface Given {
  readonly url: string;
  readonly before: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What a trim would do. */
interface Going {
  /** The first entry that is kept, now and then. */
  readonly firstOffset: number;
  readonly before: number;
  /** How many entries go, and how many stay. */
  readonly trimmedCount: number;
  readonly keptCount: number;
}

/** @throws CliError: `unknown` if they may still go */
export async function trim({ url, before: text, dryRun = false, yes = false, json = false }: Given): Promise<void> {
  const before = wholeNumber('--before', text, { min: 0 });
  const node = await nodeOf(url);
  if (dryRun) {
    const going = goingOf(await asLeaderSees(await healthAt(node)), before);
    return json ? sayJson(going) : say(wordsOf(going));
  }
  if (!yes) {
    const going = goingOf(await asLeaderSees(await healthAt(node)), before);
    if (going.trimmedCount > 0) {
      process.stderr.write(`${wordsOf(going)}\n`);
      await askForYes('They cannot be brought back. Let them go?', false);
    }
  }
  const trimmed = (await askOrFail(node, `${messagesPath}?before=${before}`, { method: 'DELETE' })) as Trimmed;
  if (json) sayJson(trimmed);
  else say(`the log begins at ${trimmed.firstOffset}`);
}

/** @throws CliError if the node would refuse it */
function goingOf(health: Health, before: number): Going {
  const firstOffset = firstOffsetIn(health);
  const { committedEnd, logEnd } = health.ends;
  if (before > committedEnd) {
    const detail = `entries before ${before} cannot go: only those before ${committedEnd} are committed (not-committed, rejected)`;
    throw new CliError(detail, exitCodes.rejected);
  }
  const first = Math.max(before, firstOffset);
  return { firstOffset, before, trimmedCount: first - firstOffset, keptCount: logEnd - first };
}

function wordsOf({ firstOffset, before, trimmedCount, keptCount }: Going): string {
  if (trimmedCount === 0) return `nothing would go: the log begins at ${firstOffset}`;
  const range = trimmedCount === 1 ? `offset ${firstOffset}` : `offsets ${firstOffset} to ${before - 1}`;
  const [gone, kept] = [trimmedCount, keptCount].map((count) => counted(count, 'entry', 'entries'));
  return `${gone} would go (${range}), and ${kept} would stay, from ${before} on`;
}
