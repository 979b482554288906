/** Opens a file, uses it, and closes it. */

import type { Disk, DiskFile } from '../../ports/ports.ts';

export async function withFile<T>(disk: Disk, name: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(name);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
