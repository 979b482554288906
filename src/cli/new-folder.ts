/**
 * A folder that is there as a whole or not at all. It is written under another name and renamed. A folder that exists already and is
 * empty may be a volume, which cannot be renamed: then its files are written in a folder in it and moved up, the state file last. A
 * node does not start on a part of them.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { stateFileName } from '../storage/format/state-format.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** What a new file system has. */
const ignored = 'lost+found';

export class NewFolder {
  /** Where it is written. */
  readonly path: string;
  readonly #target: string;
  readonly #isInside: boolean;

  private constructor(target: string, isInside: boolean) {
    const name = `.${basename(target)}.restoring-${randomBytes(4).toString('hex')}`;
    this.path = join(isInside ? target : dirname(target), name);
    this.#target = target;
    this.#isInside = isInside;
  }

  /** @throws CliError if there is something, or it cannot be made */
  static begin(path: string): NewFolder {
    const target = resolve(path);
    try {
      const isThere = existsSync(target);
      if (isThere && !statSync(target).isDirectory()) throw new CliError(`${path} is not a folder`, exitCodes.usage);
      if (isThere && readdirSync(target).some((name) => name !== ignored))
        throw new CliError(`${path} is not empty, and nothing is overwritten: name a new folder, or an empty one`, exitCodes.usage);
      if (!isThere) makeFolder(dirname(target));
      const folder = new NewFolder(target, isThere);
      mkdirSync(folder.path, { mode: privateFolder });
      return folder;
    } catch (error) {
      if (error instanceof CliError || !(error instanceof Error)) throw error;
      throw new CliError(`${path}: ${error.message}`, exitCodes.rejected, { cause: error });
    }
  }

  /** Everything in it is durable: it gets its name. */
  async finish(): Promise<void> {
    if (!this.#isInside) {
      await rename(this.path, this.#target);
      return sync(dirname(this.#target));
    }
    const names = (await readdir(this.path)).filter((name) => name !== stateFileName);
    for (const name of names) await rename(join(this.path, name), join(this.#target, name));
    await sync(this.#target);
    await rename(join(this.path, stateFileName), join(this.#target, stateFileName));
    await rmdir(this.path);
    await sync(this.#target);
  }

  /** Nothing of it is left. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
