/**
 * Makes a folder, and those above it that are not there.
 *
 * Not Node's own `recursive`: that never returns where the kernel says ENOENT below a folder that is there, as it does
 * in /proc.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param mode - of the folder itself; those above it have the usual one
 * @throws what the file system says
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const parent = dirname(path);
    const isParentMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT' && !existsSync(parent);
    if (!isParentMissing || parent === path) throw error;
    makeFolder(parent);
    makeFolder(path, mode);
  }
}
