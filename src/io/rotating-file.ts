/**
 * A log file that is set aside by size: `name`, then `name.1` … `name.4`, the oldest last.
 *
 * A line that cannot be written (the disk is full) waits, and is dropped and counted when too many do; writing goes on
 * when there is room. The service never waits for its log.
 */

import { closeSync, existsSync, fstatSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { LineWriter } from './line-writer.ts';
import type { LineOutput } from './line-writer.ts';
import { makeFolder } from './make-folder.ts';

export interface RotatingFileOptions {
  readonly path: string;
  readonly bytesMax: number;
  /** Files kept beside the one that is written. */
  readonly keep: number;
  readonly dropped: (lines: number) => void;
  readonly output?: LineOutput;
}

const waitingBytesMax = 1024 * 1024;

/** @throws what the file system says, if there can be no such file */
export function openRotatingFile(options: RotatingFileOptions): LineWriter {
  const { path, bytesMax, keep, dropped, output } = options;
  makeFolder(dirname(path));
  const fd = openSync(path, 'a');
  const found = fstatSync(fd);
  let sizeBefore = found.size;
  const rotate = (writer: LineWriter): void => {
    if (sizeBefore + writer.writtenBytes < bytesMax) return;
    try {
      setAside(path, keep);
      closeSync(writer.switchTo(openSync(path, 'a')));
      sizeBefore = 0;
    } catch {
      // It grows on; the next write tries again.
    }
  };
  const writer = new LineWriter({
    fd,
    waitingBytesMax,
    dropped,
    // A terminal or a pipe has no size, and is nobody's to rename.
    ...(found.isFile() ? { written: rotate } : {}),
    ...(output === undefined ? {} : { output }),
  });
  if (found.isFile()) rotate(writer);
  return writer;
}

function setAside(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  // Somebody may have taken it away.
  if (existsSync(path)) renameSync(path, `${path}.1`);
}
