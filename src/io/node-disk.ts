/**
 * A folder on a real disk.
 *
 * Small writes are synchronous: they go to the operating system's memory in a few microseconds, which is less than a
 * trip through the thread pool. What may take long (flushes, large writes, reads) never blocks the event loop.
 *
 * Only files with our names are touched: the folder is often a volume, with `lost+found`, snapshots or backups in it
 * that may be unreadable, and may vanish.
 */

import { constants, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { link, mkdir, open, readFile, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Disk, DiskFile } from '../ports/ports.ts';
import { cutFolder } from '../ports/ports.ts';
import { makeFolder } from './make-folder.ts';
import { privateFile, privateFolder } from './private-modes.ts';
import { asNoRoom } from './shortage.ts';

const syncWriteBytesMax = 64 * 1024;
/** Errors of file systems without hard links. */
const noLinkCodes = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

export class NodeDisk implements Disk {
  readonly #folder: string;
  /**
   * The folders to sync: this one and those below it. They stay open, so that no later sync can fail for want of a
   * descriptor.
   */
  readonly #opened = new Map<string, FileHandle>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folder if it does not exist. */
  static at(folder: string): NodeDisk {
    makeFolder(folder, privateFolder);
    return new NodeDisk(folder);
  }

  async list(below = '.'): Promise<string[]> {
    try {
      return (await readdir(join(this.#folder, below))).toSorted();
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return [];
      throw asNoRoom(error);
    }
  }

  async open(name: string): Promise<DiskFile> {
    try {
      if (name.includes('/')) await this.#openFolder(dirname(name));
      const handle = await open(join(this.#folder, name), constants.O_RDWR | constants.O_CREAT, privateFile);
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
      throw asNoRoom(error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(join(this.#folder, name));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }

  async link(file: string, name: string): Promise<boolean> {
    try {
      await link(join(this.#folder, file), join(this.#folder, name));
      return true;
    } catch (error) {
      if (noLinkCodes.some((code) => hasCode(error, code))) return false;
      throw asNoRoom(error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      await rename(join(this.#folder, from), join(this.#folder, to));
    } catch (error) {
      throw asNoRoom(error);
    }
  }

  /** Syncs the folder, and ours below it. */
  async syncFolder(): Promise<void> {
    if (!this.#opened.has('.')) await this.#openAll();
    for (const handle of this.#opened.values()) await handle.sync();
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  /** The size of the file system. */
  async sizeBytes(): Promise<number> {
    const { blocks, bsize } = await statfs(this.#folder);
    return blocks * bsize;
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    for (const handle of opened) await handle.close();
  }

  async #openAll(): Promise<void> {
    try {
      await this.#openFolder(cutFolder, { isToBeMade: false });
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw asNoRoom(error);
    }
    try {
      await this.#openFolder('.');
    } catch (error) {
      throw asNoRoom(error);
    }
  }

  async #openFolder(name: string, { isToBeMade } = { isToBeMade: true }): Promise<void> {
    if (this.#opened.has(name)) return;
    const path = join(this.#folder, name);
    if (isToBeMade) await mkdir(path, { recursive: true, mode: privateFolder });
    const handle = await open(path, 'r');
    // A concurrent call may have been first.
    if (this.#opened.has(name)) await handle.close();
    else this.#opened.set(name, handle);
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  #size: number;
  /** Bytes of a failed append may still be after the end. */
  #hasRemains = false;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const [only] = pieces;
    // One buffer and one write are cheaper than a vector of many small buffers.
    const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
    if (this.#hasRemains) await this.#removeRemains();
    try {
      await this.#writeAt(bytes, this.#size);
    } catch (error) {
      // The part that was written must not be taken for a torn tail later.
      this.#hasRemains = true;
      await this.#removeRemains();
      throw asNoRoom(error);
    }
    this.#size += bytes.length;
  }

  async overwrite(position: number, bytes: Uint8Array): Promise<void> {
    try {
      await this.#writeAt(bytes, position);
    } catch (error) {
      throw asNoRoom(error);
    }
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

  /**
   * Removes the bytes of a failed append. Some file systems need room even to free some: then it is tried again before
   * the next append.
   * @throws NoRoom
   */
  async #removeRemains(): Promise<void> {
    try {
      await this.#handle.truncate(this.#size);
      this.#hasRemains = false;
    } catch (error) {
      throw asNoRoom(error);
    }
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

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
