/** A disk that forgets: it said that it had stored something, and does not have it any more. */

import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** The second half of the newest segment is gone. The node must not run. @returns the bytes that are gone; 0 if there was nothing to forget */
export function forgetTail(folder: string): number {
  const newest = readdirSync(folder)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .toSorted()
    .at(-1);
  if (newest === undefined) return 0;
  const path = join(folder, newest);
  const { size } = statSync(path);
  const kept = Math.floor(size / 2);
  truncateSync(path, kept);
  return size - kept;
}
