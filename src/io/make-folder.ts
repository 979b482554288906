/**
 * Makes a folder, and its parents if they do not exist.
 *
 * Node's own `recursive` will not do: it never returns if the kernel reports ENOENT below an existing folder, as in
 * /proc.
 */

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** @param mode - of the folder itself; its parents get the usual one @throws the error of the file system */
export function makeFolder(path: string, mode = 0o777): void {
  if (madeOrThere(path, mode)) return;
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  // Try again even if the parent exists: another process may have made it meanwhile.
  if (!madeOrThere(path, mode)) mkdirSync(path, { mode });
}

/** @returns `false` if the parent does not exist */
function madeOrThere(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return true;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
