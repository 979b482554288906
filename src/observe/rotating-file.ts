/**
 * A log file that is set aside by size: `name`, then `name.1` … `name.4`, the oldest last.
 *
 * A line that cannot be written (the disk is full, or has no more files to give) waits, and is dropped and counted when
 * too many do; writing goes on when there is room. The service never waits for its log.
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
  /** Files kept beside the one that is written. */
  readonly keep: number;
  readonly dropped: (lines: number) => void;
  readonly output?: LineOutput;
  /** The kernel's part, for tests. */
  readonly open?: typeof openSync;
}

const waitingBytesMax = 1024 * 1024;

/** @throws what the file system says, if there can be no such file; one for which there is no room now is opened later */
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
  /** Of what this writer did not write. */
  #sizeBefore = 0;
  /** A terminal or a pipe has no size, and is nobody's to rename. */
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
      // Whatever it is now: it is tried again.
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
      // Before anything is renamed: without it, each try would push out the oldest file.
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
      // It grows on; the next write tries again.
    }
  }
}

function setAside(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  // Somebody may have taken it away.
  if (existsSync(path)) renameSync(path, `${path}.1`);
}
