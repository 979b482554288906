/**
 * A log file that is rotated by size: `name`, then `name.1`, `name.2` and so on, the oldest last.
 *
 * A line that cannot be written (the disk is full, or has run out of inodes) waits; when too many wait, further ones
 * are dropped and counted. Writing resumes when there is room. The node never waits for its log.
 */

import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { LineWriter } from './line-writer.ts';
import type { LineOutput } from './line-writer.ts';
import { makeFolder } from '../io/make-folder.ts';
import { privateFile } from '../io/private-modes.ts';
import { shortageOf } from '../io/shortage.ts';

export interface RotatingFileOptions {
  readonly path: string;
  readonly bytesMax: number;
  /** How many old files to keep. */
  readonly keep: number;
  readonly dropped: (lines: number) => void;
  readonly output?: LineOutput;
  /** The system call, which tests replace. */
  readonly open?: typeof openSync;
}

const waitingBytesMax = 1024 * 1024;

/**
 * @throws the error of the file system, if the file cannot be made. A file for which there is no room at present is
 * opened later
 */
export function openRotatingFile(options: RotatingFileOptions): LineWriter {
  const { path, dropped, output } = options;
  makeFolder(dirname(path));
  const file = new RotatingFile(options);
  const fd = file.openUnlessShort();
  const writer = new LineWriter({
    fd,
    waitingBytesMax,
    dropped,
    written: () => file.rotate(writer),
    refused: (_writer, error) => file.refused(writer, error),
    ...(output === undefined ? {} : { output }),
  });
  if (fd !== undefined) file.rotate(writer);
  return writer;
}

class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #open: typeof openSync;
  /** Size of the file before this writer wrote to it. */
  #sizeBefore = 0;
  /** A terminal or a pipe is not rotated: it has no size, and must not be renamed. */
  #isFile = true;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#open = options.open ?? openSync;
  }

  openUnlessShort(): number | undefined {
    try {
      const fd = this.#open(this.#options.path, 'a', privateFile);
      const found = fstatSync(fd);
      this.#sizeBefore = found.size;
      this.#isFile = found.isFile();
      return fd;
    } catch (error) {
      if (shortageOf(error) === undefined) throw error;
      return undefined;
    }
  }

  refused(writer: LineWriter, error: Error | undefined): void {
    if (error !== undefined) {
      if (shortageOf(error) === 'file size') this.#setAside(writer);
      return;
    }
    try {
      const fd = this.openUnlessShort();
      if (fd !== undefined) writer.switchTo(fd);
    } catch {
      // Whatever the reason is this time, it is tried again.
    }
  }

  rotate(writer: LineWriter): void {
    if (this.#sizeBefore + writer.writtenBytes >= this.#options.bytesMax) this.#setAside(writer);
  }

  #setAside(writer: LineWriter): void {
    if (!this.#isFile) return;
    const { path, keep } = this.#options;
    const next = `${path}.next`;
    try {
      // Make the new file before anything is renamed: if that fails, the oldest file must not be pushed out.
      rmSync(next, { force: true });
      const fd = this.#open(next, 'a', privateFile);
      try {
        setAside(path, keep);
        renameSync(next, path);
      } catch (error) {
        closeSync(fd);
        throw error;
      }
      const before = writer.switchTo(fd);
      if (before !== undefined) closeSync(before);
      this.#sizeBefore = 0;
    } catch {
      // The file keeps growing; the next write tries again.
    }
  }
}

function setAside(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  // Someone may have removed it.
  if (existsSync(path)) renameSync(path, `${path}.1`);
}
