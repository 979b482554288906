/**
 * A folder on a real disk.
 *
 * Small writes are made at once: they go to the operating system's memory in a few microseconds, less than a trip
 * through the thread pool; what may take long (flushes, large writes, reads) never holds the event loop.
 */

import { constants, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, readdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NoRoom } from '../ports.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { makeFolder } from './make-folder.ts';

const syncWriteBytesMax = 64 * 1024;
const noRoomCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

export class NodeDisk implements Disk {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder if it is not there. */
  static at(folder: string): NodeDisk {
    makeFolder(folder);
    return new NodeDisk(folder);
  }

  async list(below = '.'): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#folder, below), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .toSorted();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  async open(name: string): Promise<DiskFile> {
    const path = join(this.#folder, name);
    const flags = constants.O_RDWR | constants.O_CREAT;
    try {
      if (name.includes('/')) await mkdir(dirname(path), { recursive: true });
      const handle = await open(path, flags, 0o640);
      const { size } = await handle.stat();
      return new NodeFile(handle, size);
    } catch (error) {
      throw asNoRoom(error);
    }
  }

  async readFile(name: string, part?: { readonly position: number; readonly length: number }): Promise<Buffer | undefined> {
    try {
      if (part === undefined) return await readFile(join(this.#folder, name));
      const handle = await open(join(this.#folder, name), constants.O_RDONLY);
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(part.length), 0, part.length, part.position);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  remove(name: string): Promise<void> {
    return rm(join(this.#folder, name), { force: true });
  }

  rename(from: string, to: string): Promise<void> {
    return rename(join(this.#folder, from), join(this.#folder, to));
  }

  /** The folder, and those below it. */
  async syncFolder(): Promise<void> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(this.#folder, entry.name));
    for (const path of [...below, this.#folder]) {
      const handle = await open(path, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  #size: number;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const [only] = pieces;
    // One buffer for one write: cheaper than a vector of many small ones.
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    try {
      await this.#writeAt(bytes, this.#size);
    } catch (error) {
      // What was written of it must not be taken for a torn tail later.
      await this.#handle.truncate(this.#size);
      throw asNoRoom(error);
    }
    this.#size += bytes.length;
  }

  overwrite(position: number, bytes: Uint8Array): Promise<void> {
    return this.#writeAt(bytes, position);
  }

  flush(): Promise<void> {
    return this.#handle.datasync();
  }

  async read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#size - position));
    const bytes = Buffer.allocUnsafeSlow(wanted);
    return bytes.subarray(0, await this.readInto(bytes, position));
  }

  async readInto(target: Buffer, position: number): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
    this.#size = size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #writeAt(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      if (rest <= syncWriteBytesMax) written += writeSync(this.#handle.fd, bytes, written, rest, position + written);
      else written += (await this.#handle.write(bytes, written, rest, position + written)).bytesWritten;
    }
  }
}

function asNoRoom(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return noRoomCodes.has(code) ? new NoRoom('there is no room left on the disk', { cause: error }) : error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
