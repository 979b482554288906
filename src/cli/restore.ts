/** `rlog restore`: makes a data folder of a backup and its increments. */

import { randomUUID } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { counted } from '../api/wording.ts';
import { BackupDamaged } from '../backup/backup-damaged.ts';
import type { Until } from '../backup/folder/backup-chain.ts';
import { restore as restoreInto } from '../backup/folder/restore.ts';
import { RestoreRefused } from '../backup/folder/restore-refused.ts';
import { clusterId, offset, storageId, timestampMs } from '../core/model/numbers.ts';
import { NodeDisk } from '../io/node-disk.ts';
import { NoRoom } from '../ports/ports.ts';
import { ByteProgress } from './byte-progress.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { NewFolder } from './new-folder.ts';
import { say, sayJson } from './print.ts';

/** As nodes have it, unless they are told otherwise. */
const segmentBytesMax = 64 * 1024 * 1024;
const fromInput = '-';

export interface RestoreOptions {
  readonly data: string;
  readonly until?: string;
  readonly json?: boolean;
}

export async function restore(files: readonly string[], options: RestoreOptions): Promise<void> {
  const until = options.until === undefined ? undefined : untilOf(options.until);
  const progress = new ByteProgress(process.stderr, { what: 'restore', total: sizeOf(files), now: () => performance.now() });
  const folder = NewFolder.begin(options.data);
  try {
    const restored = await restoreInto({
      disk: NodeDisk.at(folder.path),
      backups: files.map((name) => ({ name, bytes: () => read(name, progress) })),
      until,
      segmentBytesMax,
      identity: { clusterId: clusterId(randomUUID()), storageId: storageId(randomUUID()) },
    });
    await folder.finish();
    progress.end();
    tell(restored, options);
  } catch (error) {
    progress.end();
    await folder.remove();
    const isTold = error instanceof BackupDamaged || error instanceof RestoreRefused || error instanceof NoRoom || isOfSystem(error);
    if (isTold) throw new CliError(`${error.message}; nothing was restored`, exitCodes.rejected, { cause: error });
    throw error;
  }
}

/** @throws CliError */
function untilOf(text: string): Until {
  if (/^\d{1,16}$/.test(text)) return { kind: 'offset', offset: offset(Number(text)) };
  // A date without a zone would be another time on another machine.
  const time = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new CliError(`--until: "${text}" is neither an offset nor a time like 2026-11-27T14:03:00Z, with its zone`, exitCodes.usage);
  return { kind: 'time', time: timestampMs(time), text };
}

/** @returns `undefined` if it is not known. @throws CliError if there is no such file */
function sizeOf(files: readonly string[]): number | undefined {
  let total: number | undefined = 0;
  for (const file of files) {
    if (file !== fromInput && !existsSync(file)) throw new CliError(`${file}: there is no such file`, exitCodes.usage);
    if (file === fromInput || !statSync(file).isFile()) total = undefined;
    else if (total !== undefined) total += statSync(file).size;
  }
  return total;
}

async function* read(file: string, progress: ByteProgress): AsyncGenerator<Buffer> {
  for await (const piece of file === fromInput ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 })) {
    progress.add((piece as Buffer).length);
    yield piece as Buffer;
  }
}

function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function tell(restored: Awaited<ReturnType<typeof restoreInto>>, { data, json }: RestoreOptions): void {
  const { firstOffset, end, cluster } = restored;
  const entries = end - firstOffset;
  if (json === true) return sayJson({ folder: data, ofCluster: cluster, firstOffset, end, entries });
  const range = entries === 0 ? `at offset ${end}` : `offsets ${firstOffset} to ${end - 1}`;
  say(
    `${data}: restored ${counted(entries, 'entry', 'entries')} (${range}) of cluster ${cluster}`,
    'next: start one node with it, as "rlog node" or "rlog master": it begins a new cluster. All other nodes start with empty folders.',
  );
}
