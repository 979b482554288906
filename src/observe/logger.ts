/**
 * The log of a node: JSON lines on standard output, or readable lines if that is a terminal, and in a file beside the
 * data. An event is named by a noun and what happened to it; everything else is in fields.
 */

import { multistream, pino, stdSerializers, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { wordsOf } from '../api/event-words.ts';
import { LineWriter } from './line-writer.ts';
import { printable, printableError, printableValue } from './printable.ts';
import { openRotatingFile } from './rotating-file.ts';

const fileBytesMax = 10 * 1024 * 1024;
const filesKept = 4;
const outputBytesMax = 1024 * 1024;
const standardOutput = 1;

export interface NodeLogger {
  readonly log: Logger;
  /** Number of lines that were dropped because they could not be written. */
  readonly droppedLines: () => number;
  /** Writes the lines that are still waiting, before the process ends. */
  readonly flush: () => void;
}

/** @throws the error of the file system if `logFile` cannot be written */
export async function createLogger(
  config: Pick<Config, 'logLevel' | 'logFile' | 'serverId'>,
  { writesToStdout = true }: { readonly writesToStdout?: boolean } = {},
): Promise<NodeLogger> {
  let dropped = 0;
  const drop = (lines: number): void => {
    dropped += lines;
  };
  const held: LineWriter[] = [];
  const streams = [];
  if (writesToStdout && process.stdout.isTTY) {
    const { default: pretty } = await import('pino-pretty');
    streams.push({ level: config.logLevel, stream: pretty({ ...prettyOptions, colorize: true, sync: true }) });
  } else if (writesToStdout) {
    // The reader of the pipe may be slow, or gone: a full pipe must not block the node.
    const output = new LineWriter({ fd: standardOutput, waitingBytesMax: outputBytesMax, dropped: drop });
    held.push(output);
    streams.push({ level: config.logLevel, stream: output });
  }
  if (config.logFile !== undefined) {
    const file = openRotatingFile({ path: config.logFile, bytesMax: fileBytesMax, keep: filesKept, dropped: drop });
    held.push(file);
    streams.push({ level: config.logLevel, stream: file });
  }
  const log = pino(
    {
      level: config.logLevel,
      base: { node: config.serverId },
      timestamp: stdTimeFunctions.isoTime,
      ...fieldOptions,
    },
    // The logger has already filtered by level, so the streams take everything.
    multistream(streams.map(({ stream }) => ({ level: 'trace', stream }))),
  );
  return {
    log,
    droppedLines: () => dropped,
    flush: () => {
      for (const stream of held) stream.flushSync();
    },
  };
}

/** Names, addresses and reasons come from others: nothing in a line may act on the terminal that shows it. */
export const fieldOptions = {
  formatters: {
    level: (label: string) => ({ level: label }),
    log: (fields: object) => printableValue(fields) as Record<string, unknown>,
  },
  serializers: { err: (error: Error) => printableError(stdSerializers.err(error)) },
} as const;

/** The event, preceded by its sentence if it has one. */
function withSentence(line: Readonly<Record<string, unknown>>, messageKey: string): string {
  const event = String(line[messageKey]);
  const words = typeof line['node'] === 'string' ? wordsOf(line['node'], { event, level: 'info', facts: line }) : undefined;
  return words === undefined ? event : `${printable(words.text)} · ${event}`;
}

/** Used wherever log lines are shown to people. */
export const prettyOptions = {
  ignore: 'pid,hostname,node',
  messageFormat: withSentence,
  singleLine: true,
  translateTime: 'SYS:HH:MM:ss.l',
} as const;
