/** `rlog promote`: has a node lead. */

import type { Promoted } from '../api/leadership.ts';
import { promotePath } from '../api/paths.ts';
import { nodeOf } from './any-node.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { askOrFail } from './http-client.ts';
import { say, sayJson } from './print.ts';
import { askForYes } from './question.ts';

interface Given {
  readonly url: string;
  readonly timeoutMs?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** @throws CliError */
function needTimeout(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1) return value;
  throw new CliError(`--timeout-ms must be a whole number from 1 to 600000, not "${text}"`, exitCodes.usage);
}

/** @throws CliError: `unknown` if it may yet come to lead */
export async function promote(id: string | undefined, { url, timeoutMs, force = false, yes = false, json = false }: Given): Promise<void> {
  if (force)
    await askForYes(`${id ?? 'The node'} will lead without the leader's consent: what that one has not replicated may be cut.`, yes);
  const body = {
    ...(id !== undefined && { id }),
    ...(timeoutMs !== undefined && { timeoutMs: needTimeout(timeoutMs) }),
    ...(force && { force }),
  };
  const answer = (await askOrFail(await nodeOf(url), promotePath, { method: 'POST', body })) as Promoted;
  if (json) return sayJson(answer);
  const when = answer.ms === 0 ? 'already' : `after ${answer.ms} ms`;
  say(`${answer.leader} leads epoch ${answer.epoch}, ${when}`);
}
