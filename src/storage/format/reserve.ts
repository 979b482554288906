/**
 * Room for what must be possible even on a full disk: a promise, where overwriting a file needs room, and the copy of a torn
 * tail. It is a small file of zeros, which is given up step by step, since other programs may take what is given up. Also
 * checks whether there is room again.
 */

import { NoRoom } from '../../ports/ports.ts';
import type { Disk } from '../../ports/ports.ts';
import { withFile } from './with-file.ts';

export const reserveName = 'reserve';
const reserveBytes = 16 * 1024;
/** The block size of most file systems. */
const reserveStepBytes = 4096;
/** A file that is written to find out whether a file can be created, and removed at once. */
const probeName = 'room';
/** How much must be free, in addition to what is asked for, for the disk to count as having room. */
const spareBytes = 64 * 1024;

/** @returns whether there was something left to give up */
export async function giveUpReserve(disk: Disk): Promise<boolean> {
  try {
    return await withFile(disk, reserveName, async (file) => {
      if (file.size === 0) return false;
      await file.truncate(Math.max(0, file.size - reserveStepBytes));
      return true;
    });
  } catch (error) {
    if (error instanceof NoRoom) return false;
    throw error;
  }
}

/** Fills the reserve up. @returns whether it is complete */
export async function keepReserve(disk: Disk): Promise<boolean> {
  return unlessNoRoom(() =>
    withFile(disk, reserveName, async (file) => {
      if (file.size < reserveBytes) await file.append([Buffer.alloc(reserveBytes - file.size)]);
    }),
  );
}

/** Whether this many bytes could be written now, into a new file: not only bytes can run out. */
export async function hasRoomFor(disk: Disk, bytes: number): Promise<boolean> {
  if (!(await keepReserve(disk))) return false;
  if ((await disk.freeBytes()) < bytes + spareBytes) return false;
  const isThere = await unlessNoRoom(() => withFile(disk, probeName, (file) => file.append([Buffer.alloc(1)])));
  await disk.remove(probeName);
  return isThere;
}

async function unlessNoRoom(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (error instanceof NoRoom) return false;
    throw error;
  }
}
