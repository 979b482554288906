/**
 * Allows one process per data folder.
 *
 * Node has no `flock`, and a pid means nothing if every node is pid 1 in its container. But an SQLite database, which
 * Node includes, takes a kernel lock on its file, and the lock goes with the process, however that ends. The content of
 * the file does not matter; the holder is noted in a file beside it, for people.
 */

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { privateFile } from './private-modes.ts';
import { shortageOf } from './shortage.ts';

const lockName = 'lock';
const holderName = 'lock.json';

export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  readonly url: string;
  readonly since: string;
}

export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  /** `undefined` if the holder has not been noted yet. */
  readonly holder: LockHolder | undefined;

  constructor(folder: string, holder: LockHolder | undefined) {
    const who = holder === undefined ? 'another process' : `node "${holder.id}" (pid ${holder.pid}, ${holder.url}, since ${holder.since})`;
    super(`${folder} is in use by ${who}`);
    this.holder = holder;
  }
}

export class FolderLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws FolderInUse */
  static take(folder: string, holder: LockHolder): FolderLock {
    makeLockFile(join(folder, lockName));
    const database = new DatabaseSync(join(folder, lockName));
    try {
      // Only one process at a time can have a transaction that may write, and this one never ends. Nothing is ever
      // written, so a folder on a full disk can be locked too.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    } catch (error) {
      database.close();
      if (isBusy(error)) throw new FolderInUse(folder, readHolder(folder));
      throw error;
    }
    noteHolder(folder, holder);
    return new FolderLock(database);
  }

  release(): void {
    this.#database.close();
  }
}

/** A file of the lock, which must be left in the folder when that is emptied. */
export function isOfLock(name: string): boolean {
  return name === lockName || name === holderName;
}

/**
 * Creates the file with our mode, if it does not exist. An existing file is not opened, because closing it would
 * release the locks that this process has on it.
 */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', privateFile));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** The note is for people only, so a full disk must not prevent the start. */
function noteHolder(folder: string, holder: LockHolder): void {
  try {
    writeFileSync(join(folder, holderName), `${JSON.stringify(holder)}\n`, { mode: privateFile });
  } catch (error) {
    if (shortageOf(error) === undefined) throw error;
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function readHolder(folder: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, holderName), 'utf8')) as LockHolder;
  } catch {
    return undefined; // The holder has the lock, but has not noted itself yet.
  }
}
