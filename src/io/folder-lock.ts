/**
 * One process per data folder.
 *
 * Node has no `flock`, and a pid says nothing where every node is pid 1. But a database of SQLite, which Node carries,
 * takes a lock of the kernel on its file that goes with the process, however that ends. What is in the file is of no
 * account; who holds it is written beside it, for people.
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
  /** `undefined` if it did not say yet. */
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
      // A transaction that may write is one process's at a time, and this one never ends. Nothing is ever written, so
      // that a full disk can be locked too.
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

/** A file of the lock: whoever empties a folder that it holds leaves it. */
export function isOfLock(name: string): boolean {
  return name === lockName || name === holderName;
}

/** With a mode of ours. Only where there is none: to close a file lets go of the locks that this process has on it. */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', privateFile));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** For people only: a disk without room for it is no reason not to start. */
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
    return undefined; // It holds the lock and has not said yet who it is.
  }
}
