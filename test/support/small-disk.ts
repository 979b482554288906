/** A small tmpfs for one node, which a test can fill up. Mounting one needs root. */

import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ballastName = 'ballast';

export class SmallDisk implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns the disk, or why there is none */
  static mount(folder: string, sizeMiB: number, { files }: { readonly files?: number } = {}): SmallDisk | string {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m${files === undefined ? '' : `,nr_inodes=${files}`}`, 'tmpfs', folder], {
        stdio: 'pipe',
      });
      return new SmallDisk(folder);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const line = text.split('\n').find((each) => each.startsWith('mount:')) ?? text;
      return `no tmpfs can be mounted (${line.replace('mount: ', '').trim()})`;
    }
  }

  /** Takes all the room, except for that many blocks of 4 KiB. */
  fill(freeBlocks: number): void {
    const path = join(this.folder, ballastName);
    const file = openSync(path, 'w');
    let size = 0;
    try {
      for (const block of [1024 * 1024, 4096]) {
        const zeros = Buffer.alloc(block);
        size += writeWhileThereIsRoom(file, zeros);
      }
    } finally {
      closeSync(file);
    }
    truncateSync(path, Math.max(0, size - freeBlocks * 4096));
  }

  /** Uses up all the files (inodes) of the disk. */
  fillFiles(): void {
    const folder = join(this.folder, ballastName);
    mkdirSync(folder);
    for (let n = 0; ; n += 1) {
      try {
        closeSync(openSync(join(folder, String(n)), 'w'));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
        throw error;
      }
    }
  }

  get isFull(): boolean {
    return existsSync(join(this.folder, ballastName));
  }

  free(): void {
    rmSync(join(this.folder, ballastName), { force: true, recursive: true });
  }

  [Symbol.dispose](): void {
    this.unmount();
  }

  unmount(): void {
    // Lazily: a process that was just killed may still hold it.
    execFileSync('umount', ['--lazy', this.folder], { stdio: 'pipe' });
  }
}

/** @returns how many bytes were written */
function writeWhileThereIsRoom(file: number, bytes: Uint8Array): number {
  let written = 0;
  for (;;) {
    try {
      const count = writeSync(file, bytes);
      written += count;
      if (count < bytes.length) return written;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return written;
      throw error;
    }
  }
}
