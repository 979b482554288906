/**
 * Loaded into a node before its own code (`node --import`): each flush of a file waits as long as the file that
 * `RLOG_TEST_STALL` names exists. On a disk that hangs, nothing fails and nothing finishes.
 */

import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 10;
const stallPath = process.env['RLOG_TEST_STALL'];

if (stallPath !== undefined) {
  const handle = await open('/dev/null');
  // The class of file handles is not exported.
  const prototype = Object.getPrototypeOf(handle) as Pick<FileHandle, 'datasync'>;
  await handle.close();
  const { datasync } = prototype;
  prototype.datasync = async function stalledDatasync(this: FileHandle): Promise<void> {
    while (existsSync(stallPath)) await pause(lookEveryMs);
    await datasync.call(this);
  };
}
