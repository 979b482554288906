/**
 * What a node must give up is copied to `cut/` first: the records as they are, under the offset of the first entry and
 * a number of its own.
 */

import type { LogPoint } from '../core/place.ts';
import type { Disk, DiskFile } from '../ports.ts';
import type { Segment } from './segment.ts';

export const cutFolder = 'cut';
const copyBytes = 1024 * 1024;

/** Copies what lies from `position` of the first of these segments to the end of the last. */
export async function archiveCut(
  disk: Disk,
  cut: { readonly segments: readonly Pick<Segment, 'name'>[]; readonly position: number; readonly point: LogPoint },
): Promise<void> {
  let archive: DiskFile | undefined;
  let { position } = cut;
  for (const segment of cut.segments) {
    const file = await disk.open(segment.name);
    try {
      for (; position < file.size; position += copyBytes) {
        const bytes = await file.read(position, copyBytes);
        if (isBlank(bytes)) continue;
        archive ??= await disk.open(await freeName(disk, cut.point));
        await archive.append([bytes]);
      }
    } finally {
      await file.close();
    }
    position = 0;
  }
  if (archive === undefined) return;
  await archive.flush();
  await archive.close();
  await disk.syncFolder();
}

async function freeName(disk: Disk, point: LogPoint): Promise<string> {
  const taken = new Set(await disk.list(cutFolder));
  const stem = String(point.offset).padStart(20, '0');
  for (let n = 1; ; n += 1) {
    const name = `${stem}-${n}.log`;
    if (!taken.has(name)) return `${cutFolder}/${name}`;
  }
}

/** Nothing but zeros was ever there: some file systems leave such a tail after a crash. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
