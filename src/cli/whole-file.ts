/** A file that has its name only once it is whole and durable. Until then it is `FILE.part`, and if it is given up nothing of it stays. */

import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

export class WholeFile implements AsyncDisposable {
  readonly #name: string;
  readonly #handle: FileHandle;
  #isOpen = true;
  #isFinished = false;

  private constructor(name: string, handle: FileHandle) {
    this.#name = name;
    this.#handle = handle;
  }

  /** @throws CliError if it cannot be written */
  static begin(name: string): Promise<WholeFile> {
    return orFail(name, async () => new WholeFile(name, await open(`${name}.part`, 'w', 0o640)));
  }

  get part(): string {
    return `${this.#name}.part`;
  }

  /** @throws CliError, for example if there is no room */
  write(bytes: Uint8Array): Promise<void> {
    return orFail(this.#name, () => this.#handle.writeFile(bytes));
  }

  /** Everything is written. @param check - of the part, before it gets its name. @throws CliError */
  async finish<T>(check: () => Promise<T> = () => Promise.resolve(undefined as T)): Promise<T> {
    await orFail(this.#name, async () => {
      await this.#handle.sync();
      await this.#close();
    });
    const checked = await check();
    await orFail(this.#name, async () => {
      await rename(this.part, this.#name);
      const folder = await open(dirname(this.#name), 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
    this.#isFinished = true;
    return checked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isFinished) return;
    await this.#close();
    await rm(this.part, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }
}

async function orFail<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new CliError(`${name}: ${error.message}`, exitCodes.rejected, { cause: error });
  }
}
