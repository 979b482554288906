/** `rlog append` */

import { randomUUID } from 'node:crypto';
import type { WriteConcern } from '../api/entries.ts';
import type { AppendOptions, AppendedMany } from '../client/index.ts';
import { ProblemError } from '../client/index.ts';
import { clusterAt } from './any-node.ts';
import { AppendClient } from './append-client.ts';
import { appendLines } from './append-lines.ts';
import { AppendProgress } from './append-progress.ts';
import { appendedLine, withAppended } from './append-report.ts';
import type { Stored } from './append-report.ts';
import { CliError } from './cli-error.ts';
import { commandLine, ownPath } from './command-line.ts';
import { exitCodes } from './exit-codes.ts';
import { BadText } from './line-batches.ts';
import { lines } from './lines.ts';
import { cliErrorOf, isUsual, settingIn } from './log-client.ts';
import { sayJson } from './print.ts';
import { tokenArguments } from './token.ts';
import { onBrokenPipe } from './reader.ts';
import { StandardInput } from './standard-input.ts';
import { onStopSignals } from '../io/stop-signals.ts';
import { wholeNumber } from './whole-number.ts';

export interface AppendGiven {
  readonly url: string;
  readonly w?: string;
  readonly timeoutMs?: string;
  readonly key?: string;
  readonly ifEpoch?: string;
  readonly fromLine?: string;
  readonly jsonLines?: boolean;
  /** The former name of `jsonLines`. */
  readonly values?: boolean;
  readonly json?: boolean;
}

/** @throws CliError */
export async function append(messages: readonly string[], given: AppendGiven): Promise<void> {
  // `rlog append < file | head -1` should still append the whole file.
  onBrokenPipe((exitCode) => {
    process.exitCode = exitCode;
  });
  const fromLine = fromLineOf(given);
  if (fromLine !== undefined && messages.length > 0)
    throw new CliError('--from-line is for lines of standard input, not for messages on the command line', exitCodes.usage);
  // If no node answers now, that is an error; a node that fails later is retried.
  const { urls } = await clusterAt(given.url);
  const input = new StandardInput();
  const progress = new AppendProgress(
    process.stderr,
    () => input.progress,
    () => performance.now(),
  );
  using client = new AppendClient(urls, (reason) => progress.tryingAgain(reason));
  if (messages.length > 0) {
    await appendArguments(messages, given, client);
    return;
  }
  if (input.isTerminal) process.stderr.write('one message per line; end with Ctrl-D\n');
  const gone = new AbortController();
  const end = (): void => {
    gone.abort();
    input.close();
  };
  onStopSignals(process, { now: () => performance.now(), end, endAtOnce: (exitCode) => process.exit(exitCode) });
  const key = given.key?.trim();
  const stored = await appendLines({
    ...{ lines: lines(input), encode: encoder(given), client, key, fromLine, progress },
    options: { ...optionsOf(given), signal: gone.signal },
    appended: (answer) => {
      if (given.json === true) sayAnswer(answer);
    },
    command: (drawn, line) =>
      commandLine([ownPath(), 'append', '--key', drawn, '--from-line', String(line), ...repeated(given)]) + input.redirection,
  });
  progress.end();
  if (stored === undefined) throw new CliError('there is nothing to append', exitCodes.usage);
  if (given.json !== true) say(stored);
}

/** All or nothing. @throws CliError */
async function appendArguments(messages: readonly string[], given: AppendGiven, client: AppendClient): Promise<void> {
  const { key = randomUUID() } = given;
  const encode = encoder(given);
  try {
    const answer = await client.append(messages.map(encode), { ...optionsOf(given), idempotencyKey: key.trim() });
    if (given.json === true) sayAnswer(answer);
    else say(withAppended(undefined, answer));
  } catch (error) {
    if (error instanceof BadText) throw new CliError(`a message ${error.message}`, exitCodes.usage, { cause: error });
    const told = cliErrorOf(error);
    if (!(told instanceof CliError) || !(error instanceof ProblemError) || error.outcome !== 'unknown') throw told;
    const command = commandLine([ownPath(), 'append', '--key', key, ...repeated(given), '--', ...messages]);
    throw new CliError(`${told.message}\n  to try again without storing anything twice:\n  ${command}`, told.exitCode, { cause: error });
  }
}

function sayAnswer({ offset, count, w, acks, epoch }: AppendedMany): void {
  sayJson({ offset, count, w, acks, epoch });
}

function say(stored: Stored): void {
  process.stdout.write(`${appendedLine(stored)}\n`);
}

/** @throws CliError */
function fromLineOf({ fromLine, key }: AppendGiven): number | undefined {
  if (fromLine === undefined) return undefined;
  if (key === undefined)
    throw new CliError('--from-line continues an append that stopped: it needs the --key of that append', exitCodes.usage);
  return wholeNumber('--from-line', fromLine, { min: 1 });
}

/** @throws CliError */
function optionsOf({ w, timeoutMs, ifEpoch }: AppendGiven): AppendOptions {
  return {
    ...(ifEpoch === undefined ? {} : { ifEpoch: wholeNumber('--if-epoch', ifEpoch, { min: 1 }) }),
    ...(w === undefined ? {} : { w: settingIn(w) as WriteConcern }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: settingIn(timeoutMs) as number }),
  };
}

/** The options of this command line, without the key. */
function repeated(given: AppendGiven): string[] {
  const { url, w, timeoutMs, ifEpoch, json } = given;
  return [
    ...(isUsual(url) ? [] : ['--url', url]),
    ...tokenArguments(),
    ...(w === undefined ? [] : ['--w', w]),
    ...(timeoutMs === undefined ? [] : ['--timeout-ms', timeoutMs]),
    ...(ifEpoch === undefined ? [] : ['--if-epoch', ifEpoch]),
    ...(isJson(given) ? ['--json-lines'] : []),
    ...(json === true ? ['--json'] : []),
  ];
}

function isJson({ jsonLines, values }: AppendGiven): boolean {
  return jsonLines === true || values === true;
}

function encoder(given: AppendGiven): (text: string) => string {
  return isJson(given) ? jsonText : (text) => JSON.stringify(text);
}

/** @throws BadText */
function jsonText(text: string): string {
  try {
    JSON.parse(text);
    // It is sent as one line. A line break in JSON text is always whitespace between tokens.
    return text.replaceAll(/[\r\n]/g, ' ');
  } catch (cause) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new BadText(`is not a JSON value: "${shown}"`, { cause });
  }
}
