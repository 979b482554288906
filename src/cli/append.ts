/** `rlog append` */

import { isUtf8 } from 'node:buffer';
import type { WriteConcern } from '../api/entries.ts';
import type { LogClient } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { lines } from './lines.ts';
import { asLongAsItTakes, clientOf, orFail, settingIn } from './log-client.ts';
import { sayJson } from './print.ts';
import { onBrokenPipe } from './reader.ts';

/** Lines of standard input go in batches of at most this. */
const linesMax = 1000;
const bytesMax = 1024 * 1024;

interface AppendOptions {
  readonly url: string;
  readonly w?: string;
  readonly timeoutMs?: string;
  readonly key?: string;
  readonly values?: boolean;
  readonly json?: boolean;
}

export async function append(given: readonly string[], options: AppendOptions): Promise<void> {
  // `rlog append < file | head -1` is meant to append the whole file.
  onBrokenPipe((exitCode) => {
    process.exitCode = exitCode;
  });
  const client = clientOf(options.url);
  const encode = (text: string): string => encodeMessage(text, options.values === true);
  if (given.length > 0) return send(client, given.map(encode), options);
  if (process.stdin.isTTY) process.stderr.write('one message per line; end with Ctrl-D\n');
  let batch: string[] = [];
  let bytes = 0;
  let isSent = false;
  let lineNumber = 0;
  for await (const line of lines(process.stdin)) {
    lineNumber += 1;
    if (!isUtf8(line)) throw new CliError(`line ${lineNumber} is not UTF-8`);
    const text = line.toString('utf8');
    const message = encode(lineNumber === 1 ? withoutByteOrderMark(text) : text);
    if (batch.length === linesMax || (batch.length > 0 && bytes + message.length > bytesMax)) {
      if (options.key !== undefined) throw new CliError('--key goes with one batch, and this is more than one');
      await send(client, batch, options);
      isSent = true;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += message.length;
  }
  if (batch.length > 0) return send(client, batch, options);
  if (!isSent) throw new CliError('there is nothing to append');
}

/** Nobody sees it, and nobody meant it: files from Windows begin with one. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function encodeMessage(text: string, isValue: boolean): string {
  if (!isValue) return JSON.stringify(text);
  try {
    JSON.parse(text);
    // It goes as a line, and a line break in JSON is never more than space between two of its parts.
    return text.replaceAll(/[\r\n]/g, ' ');
  } catch (cause) {
    throw new CliError(`"${text}" is not a JSON value`, 1, { cause });
  }
}

async function send(client: LogClient, messages: readonly string[], { w, timeoutMs, key, json }: AppendOptions): Promise<void> {
  const answer = await orFail(
    client.appendTexts(messages, {
      ...asLongAsItTakes,
      ...(w === undefined ? {} : { w: settingIn(w) as WriteConcern }),
      ...(timeoutMs === undefined ? {} : { timeoutMs: settingIn(timeoutMs) as number }),
      ...(key === undefined ? {} : { idempotencyKey: key.trim() }),
    }),
  );
  const { offset, count, acks } = answer;
  if (json === true) {
    sayJson({ offset, count, w: answer.w, acks, epoch: answer.epoch });
    return;
  }
  const where = count === 1 ? `offset ${offset}` : `offsets ${offset} to ${offset + count - 1}`;
  process.stdout.write(`appended at ${where}, held by ${acks} ${acks === 1 ? 'node' : 'nodes'}\n`);
}
