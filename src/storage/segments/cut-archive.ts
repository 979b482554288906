/**
 * Before a node removes a part of its log, it copies the records as they are to `cut/`, to a file named after the offset of the
 * first entry and a number.
 */

import type { LogPoint } from '../../core/model/place.ts';
import { NoRoom, cutFolder } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';

const copyBytes = 1024 * 1024;

export interface Cut {
  readonly segments: readonly { readonly name: string }[];
  /** Where the cut is in the first of them. */
  readonly position: number;
  readonly point: LogPoint;
}

/** Copies everything from `position` in the first segment to the end of the last. @throws NoRoom, and then there is no copy */
export async function archiveCut(disk: Disk, cut: Cut): Promise<void> {
  const name = await freeName(disk, cut.point);
  try {
    await copyTo(disk, name, cut);
  } catch (error) {
    // A partial copy would only take the room that a complete one needs.
    if (error instanceof NoRoom) await disk.remove(name);
    throw error;
  }
}

async function copyTo(disk: Disk, name: string, cut: Cut): Promise<void> {
  let archive: DiskFile | undefined;
  let { position } = cut;
  try {
    for (const segment of cut.segments) {
      const file = await disk.open(segment.name);
      try {
        for (; position < file.size; position += copyBytes) {
          const bytes = await file.read(position, copyBytes);
          if (isBlank(bytes)) continue;
          archive ??= await disk.open(name);
          await archive.append([bytes]);
        }
      } finally {
        await file.close();
      }
      position = 0;
    }
    await archive?.flush();
  } finally {
    await archive?.close();
  }
  if (archive !== undefined) await disk.syncFolder();
}

async function freeName(disk: Disk, point: LogPoint): Promise<string> {
  const taken = new Set(await disk.list(cutFolder));
  const stem = String(point.offset).padStart(20, '0');
  for (let n = 1; ; n += 1) {
    const name = `${stem}-${n}.log`;
    if (!taken.has(name)) return `${cutFolder}/${name}`;
  }
}

/** Whether there are only zeros: some file systems leave such a tail after a crash. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
