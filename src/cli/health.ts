/** `rlog health`: also the health check of the image, whose base has no curl. */

import type { NodeKind } from '../config/config.ts';
import { ProblemError } from '../client/index.ts';
import type { Status } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { counted } from '../api/wording.ts';
import { exitCodes } from './exit-codes.ts';
import { healthOf } from './any-node.ts';
import { healthAt } from './health-json.ts';
import { say } from './print.ts';

export interface HealthOptions {
  readonly json?: boolean;
  /** Asks the node of this container; `true` if its name decides its kind. */
  readonly byName?: NodeKind | true;
}

export async function health(url: string, options: HealthOptions): Promise<void> {
  let answer: Status;
  try {
    answer = options.byName === undefined ? await healthOf(url) : await ownHealth(options.byName);
  } catch (error) {
    const word = wordOf(error);
    if (word === undefined) throw error;
    say(options.json === true ? JSON.stringify({ status: word }) : `${word}; more is told to who has a token`);
    return;
  }
  const { server_id: id, status, role, message_count: count } = answer;
  say(options.json === true ? JSON.stringify(answer) : `${id} ${status}, ${role}, ${counted(count, 'message')}`);
}

/** What a node with tokens tells without one: it serves, and that is what was asked. */
function wordOf(error: unknown): string | undefined {
  const cause = error instanceof CliError ? error.cause : undefined;
  if (cause instanceof CliError) return wordOf(cause);
  const word = cause instanceof ProblemError && cause.code === 'unauthorized' ? cause.facts['health'] : undefined;
  return typeof word === 'string' ? word : undefined;
}

/** Docker knows only exit codes 0 and 1. Settings of a node are loaded only here. @throws CliError */
async function ownHealth(byName: NodeKind | true): Promise<Status> {
  const { viaByName } = await import('./by-name.ts');
  const { url, ...via } = await viaByName(byName === true ? undefined : byName);
  try {
    return await healthAt(url, via);
  } catch (cause) {
    throw cause instanceof CliError ? new CliError(cause.message, exitCodes.rejected, { cause }) : cause;
  }
}
