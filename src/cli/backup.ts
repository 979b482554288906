/** `rlog backup`: gets a backup of a node and writes it to a file, which is checked before it gets its name; or to standard output. */

import { createReadStream, existsSync } from 'node:fs';
import { backupBytesHeader } from '../api/headers.ts';
import { backupPath } from '../api/paths.ts';
import { counted } from '../api/wording.ts';
import { checkArchive } from '../backup/archive-reader.ts';
import { BackupDamaged } from '../backup/backup-damaged.ts';
import { decompressed } from '../backup/compression.ts';
import type { BackupManifest } from '../backup/manifest.ts';
import { nodeOf } from './any-node.ts';
import { inMegabytes, ByteProgress } from './byte-progress.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { bytesOf, openOrFail } from './http-client.ts';
import { operatorAgent } from './operator-agent.ts';
import { say, sayJson } from './print.ts';
import { Tee } from './tee.ts';
import { WholeFile } from './whole-file.ts';

export interface BackupOptions {
  readonly url: string;
  readonly from?: string;
  readonly compression: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export async function backup(file: string, options: BackupOptions): Promise<void> {
  const isToFile = file !== '-';
  if (isToFile && options.overwrite !== true && existsSync(file))
    throw new CliError(`${file} exists: name another file, or add --overwrite`, exitCodes.usage);
  if (!isToFile && process.stdout.isTTY) throw new CliError('a backup is not written to a terminal: name a file', exitCodes.usage);
  const from = options.from === undefined ? undefined : await placeOf(options.from);
  const url = await nodeOf(options.url);
  const query = new URLSearchParams({ compression: options.compression, ...(from !== undefined && { from: String(from) }) });
  const answer = await openOrFail(url, `${backupPath}?${query.toString()}`, { agent: await operatorAgent() });
  const total = Number(answer.headers[backupBytesHeader]) || undefined;
  const progress = new ByteProgress(process.stderr, { what: 'backup', total, now: () => performance.now() });
  const bytes = new Tee(bytesOf(answer, url));
  try {
    // What is shown is how much of the log has come, however well it is compressed.
    const shown = showing(bytes.copy(), progress);
    const manifest = isToFile ? await toFile(file, bytes, shown) : await toOutput(bytes, shown);
    progress.end();
    tell(manifest, { file, options });
  } finally {
    progress.end();
  }
}

/** The end of an earlier backup, or an offset. @throws CliError */
async function placeOf(text: string): Promise<number> {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (!existsSync(text)) throw new CliError(`--from: "${text}" is neither an offset nor a file`, exitCodes.usage);
  return (await checkedFile(text)).ends.offset;
}

/** @throws CliError if it is damaged */
async function checkedFile(file: string): Promise<BackupManifest> {
  try {
    return await checkArchive(createReadStream(file));
  } catch (error) {
    if (error instanceof BackupDamaged) throw new CliError(`${file}: ${error.message}`, exitCodes.rejected, { cause: error });
    throw error;
  }
}

async function showing(bytes: AsyncIterable<Buffer>, progress: ByteProgress): Promise<void> {
  for await (const piece of await decompressed(bytes)) progress.add(piece.length);
}

/** Under its name there is only ever a whole one. */
async function toFile(file: string, bytes: AsyncIterable<Buffer>, shown: Promise<void>): Promise<BackupManifest> {
  await using whole = await WholeFile.begin(file);
  for await (const piece of bytes) await whole.write(piece);
  await shown.catch(() => undefined);
  // Awaited: otherwise the file would be given up before that.
  return await whole.finish(() => checkedFile(whole.part));
}

/** What went out cannot be read again, so it is checked on the way. */
async function toOutput(bytes: Tee, shown: Promise<void>): Promise<BackupManifest> {
  const checked = checkArchive(bytes.copy());
  checked.catch(() => undefined);
  for await (const piece of bytes) if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  await shown.catch(() => undefined);
  try {
    return await checked;
  } catch (error) {
    if (error instanceof BackupDamaged)
      throw new CliError(`what was written is of no use: ${error.message}`, exitCodes.rejected, { cause: error });
    throw error;
  }
}

function tell(manifest: BackupManifest, { file, options }: { readonly file: string; readonly options: BackupOptions }): void {
  const { kind, cluster, node, firstOffset, begins, ends, batches, checkpoint } = manifest;
  const facts = {
    kind,
    cluster,
    node,
    firstOffset,
    begins: begins.offset,
    end: ends.offset,
    entries: batches.entries,
    bytes: batches.bytes,
  };
  const words = `${kind === 'full' ? 'backup' : 'increment'} of ${counted(batches.entries, 'entry', 'entries')} (offsets ${begins.offset} up to ${ends.offset}, ${inMegabytes(batches.bytes + (checkpoint?.bytes ?? 0))}) of node ${node}, cluster ${cluster}; checked`;
  if (file === '-') process.stderr.write(`rlog: ${words}\n`);
  else if (options.json === true) sayJson({ file, ...facts });
  else say(`${file}: ${words}`);
}
