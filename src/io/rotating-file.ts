/**
 * A log file that is set aside by size: `name`, then `name.1` … `name.4`, the oldest last.
 *
 * A line that cannot be written (the disk is full) is dropped and counted; writing goes on when there is room. The
 * service never waits for its log.
 */

import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { destination } from 'pino';

export interface RotatingFileOptions {
  readonly path: string;
  readonly bytesMax: number;
  /** Files kept beside the one that is written. */
  readonly keep: number;
  readonly dropped: (lines: number) => void;
}

/** What cannot be written waits in memory up to this. */
const bufferBytesMax = 1024 * 1024;

export type LogDestination = ReturnType<typeof destination>;

export function openRotatingFile(options: RotatingFileOptions): LogDestination {
  const { path, bytesMax, keep, dropped } = options;
  mkdirSync(dirname(path), { recursive: true });
  let size = existsSync(path) ? statSync(path).size : 0;
  if (size >= bytesMax) {
    setAside(path, keep);
    size = 0;
  }
  const file = destination({ dest: path, append: true, sync: false, maxLength: bufferBytesMax });
  file.on('error', () => dropped(0)); // Tried again with the next line, until the buffer is full.
  file.on('drop', () => dropped(1));
  file.on('write', (bytes: number) => {
    size += bytes;
    if (size < bytesMax) return;
    size = 0;
    setImmediate(() => {
      try {
        setAside(path, keep);
        file.reopen(path);
      } catch {
        dropped(0); // It grows on; the next write tries again.
      }
    });
  });
  return file;
}

function setAside(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  renameSync(path, `${path}.1`);
}
