/** Chooses the node to ask: of several, the first that answers. */

import { list } from '../api/wording.ts';
import { variableOf } from '../config/node-url.ts';
import type { Status } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { healthAt } from './health-json.ts';
import { isUsual, needUrls } from './log-client.ts';
import { printable } from '../observe/printable.ts';

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

/** The node that answers, and where. @throws CliError if none does */
export function answeringNode(text: string): Promise<Found> {
  return firstThatAnswers(text);
}

/** A single URL is returned without asking it. @throws CliError if none answers */
export async function nodeOf(text: string): Promise<string> {
  const [url = '', ...others] = needUrls(text);
  return others.length === 0 ? url : (await firstThatAnswers(text)).url;
}

/** For a command that goes on when a node dies: the nodes it may ask, and the health of the first. @throws CliError if none answers */
export async function clusterAt(text: string): Promise<{ readonly urls: readonly string[]; readonly health: Status }> {
  const { url, health } = await firstThatAnswers(text);
  // Another node on this machine may belong to another log. The client discovers the nodes that belong to this one.
  return { urls: isChosen(text) ? needUrls(text) : [url], health };
}

function firstThatAnswers(text: string): Promise<Found> {
  return firstOf(needUrls(text), isChosen(text) ? undefined : tellOnce);
}

/**
 * @param tell - called if the first one did not answer; `undefined` if the user named the nodes
 * @throws CliError that names all of them
 */
export async function firstOf(urls: readonly string[], tell: ((note: string) => void) | undefined): Promise<Found> {
  const silent: CliError[] = [];
  for (const url of urls) {
    try {
      const health = await healthAt(url);
      if (silent.length > 0) tell?.(`no answer from ${list(urls.slice(0, silent.length))}; asking ${url}`);
      return { url, health };
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) throw error;
      silent.push(error);
    }
  }
  const message = tell === undefined ? silent.map((error) => error.message).join('; ') : unansweredHere(silent[0], urls.slice(1));
  throw new CliError(message, exitCodes.unreachable, { cause: silent[0] });
}

/** Whether the user named the nodes. */
export function isChosen(text: string): boolean {
  return !isUsual(text) || variableOf(text) === 'RLOG_URL';
}

function unansweredHere(first: CliError | undefined, others: readonly string[]): string {
  const also = others.length === 0 ? '' : `; no answer from ${list(others)} either`;
  return `${first?.message ?? ''}${also}; to ask other nodes, set --url or RLOG_URL: one URL, or several separated by commas`;
}

let isTold = false;

/** Only once: `status --watch` asks repeatedly. */
function tellOnce(note: string): void {
  if (!isTold) process.stderr.write(`rlog: ${printable(note)}\n`);
  isTold = true;
}
