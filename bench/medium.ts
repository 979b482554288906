/** Where the data of all nodes lies: on the disk of TMPDIR, or with `--memory` on a tmpfs. */

import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Medium } from './goals.ts';
import { UsageError } from './options.ts';

const tmpfsType = 0x0102_1994;
/** Where Linux has a tmpfs for everybody. */
const sharedMemory = '/dev/shm';

export function mediumOf(folder: string): Medium {
  return statfsSync(folder).type === tmpfsType ? 'memory' : 'disk';
}

/**
 * @param candidates - with `isInMemory`, the first of them that is on a tmpfs
 * @returns an existing folder for the workspace
 * @throws UsageError if there is no tmpfs here that can be written to
 */
export function folderFor(
  { isInMemory }: { readonly isInMemory: boolean },
  candidates: readonly string[] = [tmpdir(), sharedMemory],
): string {
  if (!isInMemory) return tmpdir();
  const found = candidates.find(isWritableTmpfs);
  if (found === undefined)
    throw new UsageError(`--memory needs a tmpfs to write to, and ${candidates.join(' and ')} are none: mount one, and set TMPDIR to it`);
  return found;
}

function isWritableTmpfs(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return mediumOf(folder) === 'memory';
  } catch {
    // It is not there, or not for this user.
    return false;
  }
}
