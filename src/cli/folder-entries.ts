/** The entries in the data folder of a stopped node, as a node would answer with them. Changes nothing. */

import { existsSync, statSync } from 'node:fs';
import type { Batch } from '../core/model/batch.ts';
import { NodeDisk } from '../io/node-disk.ts';
import { UnknownFormat, asBuffer, messageBounds } from '../protocol/batch-codec.ts';
import { readStateFile } from '../storage/format/state-file.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import { checkConsistency, isDataFolder } from '../storage/recovery.ts';
import { scanLog } from '../storage/recovery/read-log.ts';
import { SegmentCopies, partOf } from '../storage/segment-copies.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** Idempotency keys are not needed here. */
const limits = { keysMax: 1, windowMs: Number.MAX_SAFE_INTEGER };
const pieceBytes = 1024 * 1024;

/**
 * All that is stored and sound, whether a majority had it or not: a folder does not know that of its last entries.
 * @throws CliError, for example if it is damaged; then nothing was yielded
 */
export async function* folderEntries(
  dir: string,
  { from = 0, limit = Number.POSITIVE_INFINITY }: { readonly from?: number; readonly limit?: number },
): AsyncGenerator<Buffer> {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new CliError(`${dir} is not a folder`, exitCodes.usage);
  const disk = NodeDisk.at(dir);
  if (!(await isDataFolder(disk))) throw new CliError(`${dir} is not a data folder`, exitCodes.usage);
  try {
    const stored = await readStateFile(disk);
    const log = await scanLog(disk, limits, stored?.base);
    checkConsistency(stored?.state, log);
    const { outline, closed, last } = log;
    outline.commitBatches(outline.end.number);
    const first = Math.max(from, outline.controls.firstOffset);
    if (from > 0 && from < first) throw new CliError(`entry ${from} was trimmed: the log begins at offset ${first}`);
    const part = partOf({ closed, last, base: outline.base, checkpointBytes: 0 }, { from: undefined, committed: outline.end });
    const copy = new SegmentCopies(disk).begin(part);
    for (let piece = await copy.read(pieceBytes); piece !== undefined; piece = await copy.read(pieceBytes)) {
      for (const batch of piece) yield* entriesIn(batch, first, first + limit);
    }
    await copy.close();
  } catch (error) {
    if (!(error instanceof StorageDamaged) && !(error instanceof UnknownFormat)) throw error;
    throw new CliError(`${dir}: ${error.message}; "rlog verify" says what is sound`, exitCodes.rejected, { cause: error });
  } finally {
    await disk.close();
  }
}

function* entriesIn(batch: Batch, start: number, end: number): Generator<Buffer> {
  const { baseOffset, entryCount, epoch, timestamp } = batch;
  if (baseOffset + entryCount <= start || baseOffset >= end) return;
  const bounds = messageBounds(batch);
  const bytes = asBuffer(batch.bytes);
  const dated = `"epoch":${epoch},"timestamp":"${new Date(timestamp).toISOString()}","message":`;
  for (let at = Math.max(0, start - baseOffset); at < entryCount && baseOffset + at < end; at += 1) {
    const message = bytes.subarray(bounds[2 * at], bounds[2 * at + 1]);
    yield Buffer.concat([Buffer.from(`{"offset":${baseOffset + at},${dated}`), message, Buffer.from('}')]);
  }
}
