/** `rlog promote`: makes a node the leader. */

import { timeoutMsMax } from '../api/entries.ts';
import type { Promoted } from '../api/leadership.ts';
import { promotePath } from '../api/paths.ts';
import { nodeOf } from './any-node.ts';
import { askOrFail } from './http-client.ts';
import { say, sayJson } from './print.ts';
import { askForYes } from './question.ts';
import { wholeNumber } from './whole-number.ts';

interface Given {
  readonly url: string;
  readonly timeoutMs?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** @throws CliError: `unknown` if it may still become the leader */
export async function promote(id: string | undefined, { url, timeoutMs, force = false, yes = false, json = false }: Given): Promise<void> {
  if (force)
    await askForYes(
      `${id ?? 'The node'} would lead without the leader's consent: entries that the leader has not replicated may be cut.`,
      yes,
    );
  const body = {
    ...(id !== undefined && { id }),
    ...(timeoutMs !== undefined && { timeoutMs: wholeNumber('--timeout-ms', timeoutMs, { min: 1, max: timeoutMsMax }) }),
    ...(force && { force }),
  };
  const answer = (await askOrFail(await nodeOf(url), promotePath, { method: 'POST', body })) as Promoted;
  if (json) return sayJson(answer);
  const when = answer.ms === 0 ? 'already' : `after ${answer.ms} ms`;
  say(`${answer.leader} leads epoch ${answer.epoch}, ${when}`);
}
