/** `rlog messages` */

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { CliError } from './cli-error.ts';
import { open, problemLine } from './http-client.ts';

interface MessagesOptions {
  readonly url: string;
  readonly from?: string;
  readonly limit?: string;
  readonly read?: string;
  readonly json?: boolean;
}

const messageField = '"message":';

export async function messages(options: MessagesOptions): Promise<void> {
  const query = new URLSearchParams();
  for (const name of ['from', 'limit', 'read'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  const path = query.size === 0 ? '/messages' : `/messages?${query.toString()}`;
  const answer = await open(options.url, path, { headers: { accept: 'application/x-ndjson' } });
  if (!answer.ok) throw new CliError(problemLine(await answer.json(), answer.status));
  if (answer.body === null) return;
  const lines = createInterface({ input: Readable.fromWeb(answer.body), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      // The message is the last field of its line, and is printed as it was sent.
      const text = options.json === true ? line : line.slice(line.indexOf(messageField) + messageField.length, -1);
      if (!process.stdout.write(`${text}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
  } catch (cause) {
    throw new CliError(`${options.url} broke off in the middle`, 1, { cause });
  }
}
