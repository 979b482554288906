/** The folders of `rlog dev`: locked, so that only one uses them, and emptied on request. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FolderInUse, FolderLock, isOfLock } from '../io/folder-lock.ts';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { DevPlan } from './dev-settings.ts';

/** Holds the lock as long as this process lives. @throws CliError if another `rlog dev` has it */
export function lockRoot({ root, labPort }: DevPlan): FolderLock {
  try {
    makeFolder(root, privateFolder);
    return FolderLock.take(root, { id: 'rlog dev', pid: process.pid, url: `http://localhost:${labPort}`, since: new Date().toISOString() });
  } catch (cause) {
    if (!(cause instanceof FolderInUse)) throw notUsable(cause);
    const { holder } = cause;
    const who = holder === undefined ? '' : ` (pid ${holder.pid}; its page is ${holder.url})`;
    throw new CliError(`${root} is in use by another "rlog dev"${who}: press q in its terminal first`, exitCodes.rejected, {
      cause,
    });
  }
}

/** Makes sure first that no node uses them, as one may after its `rlog dev` was killed. @throws CliError */
export function prepareFolders({ nodes, root, isFresh }: DevPlan): void {
  const locks: FolderLock[] = [];
  const holder = { id: 'dev', pid: process.pid, url: 'none', since: new Date().toISOString() };
  try {
    for (const { folder } of nodes) if (existsSync(folder)) locks.push(FolderLock.take(folder, holder));
    if (isFresh) for (const name of readdirSync(root)) if (!isOfLock(name)) rmSync(join(root, name), { recursive: true, force: true });
    for (const { folder } of nodes) makeFolder(folder, privateFolder);
  } catch (cause) {
    throw notUsable(cause);
  } finally {
    for (const lock of locks) lock.release();
  }
}

function notUsable(cause: unknown): CliError {
  return new CliError(cause instanceof Error ? cause.message : String(cause), exitCodes.rejected, { cause });
}
