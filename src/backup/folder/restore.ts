/** Makes a log of a backup and its increments. */

import type { Disk } from '../../ports/ports.ts';
import { StorageDamaged } from '../../storage/format/storage-damaged.ts';
import { readArchive } from '../archive-reader.ts';
import { BackupDamaged } from '../backup-damaged.ts';
import { BackupChain } from './backup-chain.ts';
import type { Until } from './backup-chain.ts';
import { RestoreRefused } from './restore-refused.ts';
import { RestoredFolder } from './restored-folder.ts';
import type { NewIdentity } from './restored-folder.ts';

export interface RestoreParts {
  /** An empty folder. */
  readonly disk: Disk;
  /** In their order: a whole backup, then increments. */
  readonly backups: readonly { readonly name: string; readonly bytes: () => AsyncIterable<Buffer> }[];
  readonly until: Until | undefined;
  readonly segmentBytesMax: number;
  readonly identity: NewIdentity;
}

export interface RestoredLog {
  readonly cluster: string;
  readonly firstOffset: number;
  /** One past the last entry. */
  readonly end: number;
}

/** @throws BackupDamaged or RestoreRefused, with the name of the backup; then the folder is of no use */
export async function restore({ disk, backups, until, segmentBytesMax, identity }: RestoreParts): Promise<RestoredLog> {
  const chain = new BackupChain(until);
  const folder = await RestoredFolder.create(disk, { segmentBytesMax, identity });
  let cluster = '';
  try {
    for (const { name, bytes } of backups) cluster = await named(name, () => addBackup(bytes(), { folder, chain }));
    const last = backups.at(-1)?.name ?? '';
    await folder.append(await named(last, () => Promise.resolve(chain.finish())));
    await folder.finish(chain.end, chain.lastEpoch);
  } catch (error) {
    await folder.abandon();
    throw error;
  }
  return { cluster, firstOffset: chain.firstOffset, end: chain.end.offset };
}

/** @returns the cluster that it is of */
async function addBackup(
  bytes: AsyncIterable<Buffer>,
  { folder, chain }: { readonly folder: RestoredFolder; readonly chain: BackupChain },
): Promise<string> {
  let cluster = '';
  let isBegun = false;
  const begin = async (): Promise<void> => {
    if (!isBegun) await folder.begin(chain.end);
    isBegun = true;
  };
  for await (const part of readArchive(bytes)) {
    switch (part.kind) {
      case 'head':
        chain.begin(part.head);
        cluster = part.head.cluster;
        isBegun = part.head.kind === 'increment';
        break;
      case 'checkpoint':
        if (isBegun) throw new BackupDamaged('an increment has no checkpoint');
        await folder.addCheckpoint(part.bytes);
        break;
      case 'batches':
        await begin();
        await folder.append(chain.take(part.batches));
        break;
      case 'manifest':
        await begin();
        chain.complete(part.manifest);
        break;
    }
  }
  return cluster;
}

async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupDamaged || error instanceof StorageDamaged)
      throw new BackupDamaged(`${name}: ${error.message}`, { cause: error });
    if (error instanceof RestoreRefused) throw new RestoreRefused(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
