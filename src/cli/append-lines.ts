/** Appends lines, batch by batch. If it has to stop, it says what is stored and how to continue. */

import { randomUUID } from 'node:crypto';
import { ProblemError } from '../client/index.ts';
import type { AppendOptions, AppendedMany } from '../client/index.ts';
import type { AppendClient } from './append-client.ts';
import type { AppendProgress } from './append-progress.ts';
import { stopReport, withAppended } from './append-report.ts';
import type { Stored } from './append-report.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { BadLine, batchStart, lineBatches } from './line-batches.ts';
import type { LineBatch } from './line-batches.ts';
import { cliErrorOf } from './log-client.ts';

export interface AppendLines {
  readonly lines: AsyncIterable<Buffer>;
  readonly encode: (text: string) => string;
  readonly client: AppendClient;
  readonly options: AppendOptions & { readonly signal: AbortSignal };
  /** Prefix of the batches' keys: another run with the same one stores nothing twice. Drawn at random if `undefined`. */
  readonly key: string | undefined;
  readonly fromLine: number | undefined;
  readonly progress: AppendProgress;
  /** Called after each batch. */
  readonly appended: (answer: AppendedMany) => void;
  /** The command that continues at a line, under this key. */
  readonly command: (key: string, fromLine: number) => string;
}

/** @returns `undefined` if there was no line. @throws CliError */
export async function appendLines(parts: AppendLines): Promise<Stored | undefined> {
  const { client, options, progress, key = randomUUID() } = parts;
  const { signal } = options;
  let stored: Stored | undefined;
  let sending: LineBatch | undefined;
  /** All lines before this one are stored. */
  let nextLine = batchStart(parts.fromLine ?? 1);
  try {
    for await (const batch of lineBatches(parts.lines, { encode: parts.encode, fromLine: parts.fromLine ?? 1 })) {
      signal.throwIfAborted();
      sending = batch;
      nextLine = batch.firstLine;
      const answer = await client.append(batch.texts, { ...options, idempotencyKey: `${key}-${batch.firstLine}` });
      sending = undefined;
      nextLine += batch.texts.length;
      stored = withAppended(stored, answer);
      progress.stored(nextLine - 1);
      parts.appended(answer);
    }
    signal.throwIfAborted();
    return stored;
  } catch (error) {
    progress.end();
    const found = signal.aborted ? interrupted(sending !== undefined) : toldOf(error);
    if (found === undefined) throw error;
    const { reason, outcome, exitCode } = found;
    if (exitCode === exitCodes.usage) throw new CliError(reason, exitCode, { cause: error });
    const lastLine = sending === undefined ? undefined : sending.firstLine + sending.texts.length - 1;
    const command = parts.command(key, nextLine);
    throw new CliError(stopReport({ reason, firstLine: nextLine, lastLine, outcome, command }), exitCode, { cause: error });
  }
}

interface Told {
  readonly reason: string;
  readonly outcome: 'rejected' | 'unknown';
  readonly exitCode: CliError['exitCode'];
}

function interrupted(isSending: boolean): Told {
  return { reason: 'interrupted', outcome: isSending ? 'unknown' : 'rejected', exitCode: exitCodes.interrupted };
}

/** @returns `undefined` for an unexpected error */
function toldOf(error: unknown): Told | undefined {
  if (error instanceof BadLine) return { reason: error.message, outcome: 'rejected', exitCode: exitCodes.rejected };
  const told = cliErrorOf(error);
  if (!(told instanceof CliError)) return undefined;
  const outcome = error instanceof ProblemError ? error.outcome : 'rejected';
  return { reason: told.message, outcome, exitCode: told.exitCode };
}
