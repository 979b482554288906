/**
 * `rlog import`: appends the messages of a file that `rlog export` wrote. Each batch of lines has an idempotency key made of what is
 * in the file and of the number of its first line, and a file beside it says how far it has come. So it can be run again after
 * anything, and stores nothing twice.
 */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import type { WriteConcern } from '../api/entries.ts';
import { retentionPath } from '../api/paths.ts';
import { counted } from '../api/wording.ts';
import { clusterAt } from './any-node.ts';
import { AppendClient } from './append-client.ts';
import { ByteProgress } from './byte-progress.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { messageOfLine } from './exported-line.ts';
import { askOrFail } from './http-client.ts';
import { ImportProgress } from './import-progress.ts';
import { BadLine, lineBatches } from './line-batches.ts';
import { lines } from './lines.ts';
import { cliErrorOf, settingIn } from './log-client.ts';
import { say } from './print.ts';
import { StandardInput } from './standard-input.ts';

export interface ImportOptions {
  readonly url: string;
  readonly w?: string;
  readonly timeoutMs?: string;
  readonly key?: string;
  readonly progress?: string;
}

export async function importEntries(file: string, options: ImportOptions): Promise<void> {
  const source = file === '-' ? inputOf(options) : await fileOf(file, options);
  const { urls, health } = await clusterAt(options.url);
  const progress = ImportProgress.open(source.progress, { key: source.key, cluster: health.cluster ?? '' });
  await progress.checkAge(() => windowOf(urls[0] ?? options.url));
  if (progress.isDone) return say(`${file} is imported already: ${counted(progress.stored, 'message')} (${source.progress})`);
  const shown = new ByteProgress(process.stderr, { what: 'import', total: source.size, now: () => performance.now() });
  const before = progress.stored;
  using client = new AppendClient(urls, (reason) => {
    shown.end();
    process.stderr.write(`rlog: ${reason}; trying again\n`);
  });
  try {
    const all = lines(counting(source.bytes(), shown));
    for await (const { firstLine, texts } of lineBatches(all, { encode: messageOfLine, fromLine: before + 1 })) {
      // A batch that ends earlier than the others is stored as a whole, too.
      if (firstLine + texts.length - 1 <= before) continue;
      progress.sending(firstLine);
      const answer = await client.append(texts, { ...concernOf(options), idempotencyKey: `${source.key}-${firstLine}` });
      progress.sent(firstLine + texts.length - 1, answer.offset + answer.count);
    }
    progress.done();
  } catch (error) {
    shown.end();
    const again = `\n  ${counted(progress.stored, 'line')} stored; the same command goes on from there (${source.progress})`;
    if (error instanceof BadLine) throw new CliError(`${file}: ${error.message}${again}`, exitCodes.rejected, { cause: error });
    const told = cliErrorOf(error);
    throw told instanceof CliError ? new CliError(told.message + again, told.exitCode, { cause: error }) : told;
  }
  shown.end();
  say(
    `${file}: ${counted(progress.stored - before, 'message')} imported, ${progress.stored} in all; the log ends at offset ${progress.end}`,
  );
}

interface Source {
  /** The beginning of the keys of its batches. */
  readonly key: string;
  readonly size: number | undefined;
  /** The file that says how far it has come. */
  readonly progress: string;
  readonly bytes: () => AsyncIterable<Buffer>;
}

/** All of it is read first: a line that is wrong is found before anything is stored, and its content is its name. @throws CliError */
async function fileOf(file: string, { key, progress = `${file}.import` }: ImportOptions): Promise<Source> {
  if (!existsSync(file) || statSync(file).isDirectory()) throw new CliError(`${file}: there is no such file`, exitCodes.usage);
  const hash = createHash('sha256');
  const bytes = (): AsyncIterable<Buffer> => createReadStream(file);
  const hashed = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of bytes()) {
      hash.update(piece);
      yield piece;
    }
  };
  try {
    let count = 0;
    for await (const { texts } of lineBatches(lines(hashed()), { encode: messageOfLine })) count += texts.length;
    if (count === 0) throw new CliError(`${file}: there is nothing to import`, exitCodes.usage);
  } catch (error) {
    if (error instanceof BadLine)
      throw new CliError(`${file}: ${error.message}; nothing was imported`, exitCodes.rejected, { cause: error });
    throw error;
  }
  return { key: key ?? `import-${hash.digest('hex').slice(0, 32)}`, size: statSync(file).size, progress, bytes };
}

/** What comes through a pipe has no name. @throws CliError */
function inputOf({ key, progress }: ImportOptions): Source {
  if (key === undefined || progress === undefined)
    throw new CliError(
      'standard input can be read only once: name it with --key, and a file for --progress, so that it can be given again',
      exitCodes.usage,
    );
  const input = new StandardInput();
  return { key, size: input.progress?.total, progress, bytes: () => input };
}

async function* counting(bytes: AsyncIterable<Buffer>, shown: ByteProgress): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    shown.add(piece.length);
    yield piece;
  }
}

/** How long the cluster remembers keys. */
async function windowOf(url: string): Promise<number> {
  const { idempotencyWindowMs } = (await askOrFail(url, retentionPath, {})) as { readonly idempotencyWindowMs?: unknown };
  return typeof idempotencyWindowMs === 'number' ? idempotencyWindowMs : 0;
}

function concernOf({ w = 'majority', timeoutMs }: ImportOptions): { readonly w: WriteConcern; readonly timeoutMs?: number } {
  return { w: settingIn(w) as WriteConcern, ...(timeoutMs !== undefined && { timeoutMs: settingIn(timeoutMs) as number }) };
}
