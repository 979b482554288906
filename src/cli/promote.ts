/** `rlog promote`: has a node lead. */

import type { Promoted } from '../api/leadership.ts';
import { promotePath } from '../api/paths.ts';
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

/** @throws CliError: `unknown` if it may yet come to lead */
export async function promote(id: string | undefined, { url, timeoutMs, force = false, yes = false, json = false }: Given): Promise<void> {
  if (force)
    await askForYes(`${id ?? 'The node'} will lead without the leader's consent: what that one has not replicated may be cut.`, yes);
  const body = {
    ...(id !== undefined && { id }),
    ...(timeoutMs !== undefined && { timeoutMs: Number(timeoutMs) }),
    ...(force && { force }),
  };
  const answer = (await askOrFail(url, promotePath, { method: 'POST', body })) as Promoted;
  if (json) return sayJson(answer);
  say(`${answer.leader} leads epoch ${answer.epoch}, after ${answer.ms} ms`);
}
