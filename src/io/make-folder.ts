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
  if (madeOrThere(path, mode)) return;
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  // Another process may have made the one above meanwhile, so this is tried again also where that one is there.
  if (!madeOrThere(path, mode)) mkdirSync(path, { mode });
}

/** @returns `false` if the folder above it was not there */
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
