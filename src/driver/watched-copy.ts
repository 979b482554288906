/** A copy of the log whose reader tells of damage. */

import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import type { LogCopy } from '../storage/log-copy.ts';

/** @param damaged - called when damage is found; the reader is told, too */
export function watchedCopy(copy: LogCopy, damaged: (error: StorageDamaged) => void): LogCopy {
  const { base, committed, checkpointBytes, batchBytes } = copy;
  const watched = async <T>(read: Promise<T>): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      if (error instanceof StorageDamaged) damaged(error);
      throw error;
    }
  };
  return {
    ...{ base, committed, checkpointBytes, batchBytes },
    readCheckpoint: (position, bytesMax) => watched(copy.readCheckpoint(position, bytesMax)),
    read: (bytesMax) => watched(copy.read(bytesMax)),
    close: () => copy.close(),
  };
}
