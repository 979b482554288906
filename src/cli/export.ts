/** `rlog export`: the committed entries of a node, or those of a data folder, one JSON object per line. */

import { existsSync } from 'node:fs';
import { entryTexts } from './entries.ts';
import { nodeOf } from './any-node.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { folderEntries } from './folder-entries.ts';
import { WholeFile } from './whole-file.ts';
import { wholeNumber } from './whole-number.ts';

export interface ExportOptions {
  readonly url: string;
  readonly data?: string;
  readonly from?: string;
  readonly limit?: string;
  readonly overwrite?: boolean;
}

export async function exportEntries(file: string, options: ExportOptions): Promise<void> {
  const { data, url } = options;
  if (file !== '-' && options.overwrite !== true && existsSync(file))
    throw new CliError(`${file} exists: name another file, or add --overwrite`, exitCodes.usage);
  const from = options.from === undefined ? undefined : wholeNumber('--from', options.from, { min: 0 });
  const limit = options.limit === undefined ? undefined : wholeNumber('--limit', options.limit, { min: 0 });
  const part = { ...(from !== undefined && { from }), ...(limit !== undefined && { limit }) };
  const entries = data === undefined ? entryTexts(await nodeOf(url), { ...part, level: 'committed' }) : folderEntries(data, part);
  if (file === '-') return toOutput(entries);
  await using whole = await WholeFile.begin(file);
  for await (const line of lined(entries)) await whole.write(line);
  await whole.finish();
}

async function toOutput(entries: AsyncIterable<Buffer>): Promise<void> {
  for await (const line of lined(entries))
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Lines, many at a time. */
async function* lined(entries: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let some: Buffer[] = [];
  let bytes = 0;
  const newline = Buffer.from('\n');
  for await (const entry of entries) {
    some.push(entry, newline);
    bytes += entry.length + 1;
    if (bytes < 64 * 1024) continue;
    yield Buffer.concat(some);
    [some, bytes] = [[], 0];
  }
  if (some.length > 0) yield Buffer.concat(some);
}
