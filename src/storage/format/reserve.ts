/**
 * Room for what must be possible on a full disk too (a promise where writing over a file needs room, the copy of a torn
 * tail): a small file is kept full of nothing, and given up bit by bit. Bit by bit, since whatever is given up may go to
 * somebody else. And what tells whether there is room again.
 */

import { NoRoom } from '../../ports/ports.ts';
import type { Disk } from '../../ports/ports.ts';
import { withFile } from './with-file.ts';

export const reserveName = 'reserve';
const reserveBytes = 16 * 1024;
/** A block of a usual file system. */
const reserveStepBytes = 4096;
/** Written to find out whether a file can be made, and taken away at once. */
const probeName = 'room';
/** Room beyond which a disk is believed to have room again, beside what is asked for. */
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

/** Makes sure of the reserve. @returns whether there is all of it */
export async function keepReserve(disk: Disk): Promise<boolean> {
  return unlessNoRoom(() =>
    withFile(disk, reserveName, async (file) => {
      if (file.size < reserveBytes) await file.append([Buffer.alloc(reserveBytes - file.size)]);
    }),
  );
}

/** Whether so many bytes could be written now, into a file of their own: bytes alone are not all that can be missing. */
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
