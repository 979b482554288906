/** Simulates a disk that forgets what it had flushed. */

import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Cuts off the second half of the newest segment. The node must not be running. @returns how many bytes; 0 if there is no segment */
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
