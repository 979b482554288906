/** Standard input as a command reads it: a file, a pipe or a terminal. */

import { fstatSync, readlinkSync } from 'node:fs';
import { commandLine } from './command-line.ts';

const descriptor = 0;

export class StandardInput implements AsyncIterable<Buffer> {
  readonly #fileSize = fileSize();
  #readBytes = 0;

  get isTerminal(): boolean {
    return process.stdin.isTTY;
  }

  /** How much was read, and how much there is; `undefined` if the size is unknown. */
  get progress(): { readonly read: number; readonly total: number } | undefined {
    return this.#fileSize === undefined ? undefined : { read: this.#readBytes, total: this.#fileSize };
  }

  /** The redirection for a command line that reads the same input again. */
  get redirection(): string {
    return ` < ${commandLine([filePath() ?? 'THE_SAME_INPUT'])}`;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of process.stdin) {
      const bytes = chunk as Buffer;
      this.#readBytes += bytes.length;
      yield bytes;
    }
  }

  /** Ends the reading. */
  close(): void {
    process.stdin.destroy();
  }
}

function fileSize(): number | undefined {
  try {
    const status = fstatSync(descriptor);
    return status.isFile() ? status.size : undefined;
  } catch {
    return undefined; // It is closed.
  }
}

/** The path of the input file, if the system tells it. */
function filePath(): string | undefined {
  if (fileSize() === undefined) return undefined;
  try {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    return path.startsWith('/') && !path.endsWith(' (deleted)') ? path : undefined;
  } catch {
    return undefined; // Only Linux tells it.
  }
}
