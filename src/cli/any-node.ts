/** Which node is asked where the user names several: the first of them that answers. */

import { variableOf } from '../config/node-url.ts';
import type { Status } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { healthAt } from './health-json.ts';
import { isUsual, needUrls } from './log-client.ts';

interface Found {
  readonly url: string;
  readonly health: Status;
}

/**
 * @param text - one URL, or several with commas between them
 * @throws CliError if none answers
 */
export async function healthOf(text: string): Promise<Status> {
  return (await firstThatAnswers(text)).health;
}

/** Asks nobody where there is only one. @throws CliError if none answers */
export async function nodeOf(text: string): Promise<string> {
  const [url = '', ...others] = needUrls(text);
  return others.length === 0 ? url : (await firstThatAnswers(text)).url;
}

async function firstThatAnswers(text: string): Promise<Found> {
  const silent: CliError[] = [];
  for (const url of needUrls(text)) {
    try {
      return { url, health: await healthAt(url) };
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) throw error;
      silent.push(error);
    }
  }
  const isChosen = !isUsual(text) || variableOf(text) === 'RLOG_URL';
  const advice = isChosen
    ? ''
    : '; if the log is elsewhere, say where with --url or RLOG_URL: one node, or several with commas between them';
  throw new CliError(silent.map(({ message }) => message).join('; ') + advice, exitCodes.unreachable, { cause: silent[0] });
}
