/**
 * Writes lines to an open file or pipe, and never makes their author wait.
 *
 * Lines that come while a write is under way go together with the next one. A write that fails (the disk is full, the
 * pipe is) is tried again a little later with what it had left, so a line is never torn by it; meanwhile lines wait in
 * memory up to a limit, and those beyond it are dropped and counted.
 */

import { write, writeSync } from 'node:fs';

/** The kernel's part, for tests. */
export interface LineOutput {
  readonly write: (fd: number, bytes: Buffer, done: (error: Error | null, written: number) => void) => void;
  /** @returns how many bytes were written */
  readonly writeSync: (fd: number, bytes: Buffer) => number;
}

export interface LineWriterOptions {
  /** `undefined` if there is none yet: whoever is told `refused` may have one. */
  readonly fd: number | undefined;
  /** What cannot be written waits in memory up to this. */
  readonly waitingBytesMax: number;
  readonly dropped: (lines: number) => void;
  /** Told after each write that left no line torn: the time to go over to another file. */
  readonly written?: (writer: LineWriter) => void;
  /** Told when nothing could be written, before it is tried again: another file may do. */
  readonly refused?: (writer: LineWriter, error: Error | undefined) => void;
  readonly output?: LineOutput;
}

const retryMs = 100;
/** How long the last lines of a process may wait for a pipe that is full. */
const flushMsMax = 500;
const flushPauseMs = 10;
const nothing = Buffer.alloc(0);

export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #output: LineOutput;
  #fd: number | undefined;
  #lines: string[] = [];
  /** What is being written, or was tried in vain. */
  #current: Buffer = nothing;
  #waitingBytes = 0;
  #writtenBytes = 0;
  #isWriting = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
    this.#fd = options.fd;
    this.#output = options.output ?? { write, writeSync };
  }

  /** To the file that is open now. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** @param line - with its newline */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#waitingBytes + bytes > this.#options.waitingBytesMax) {
      this.#options.dropped(1);
      return;
    }
    this.#lines.push(line);
    this.#waitingBytes += bytes;
    if (!this.#isWriting && this.#retry === undefined) this.#writeMore();
  }

  /** Goes on in another file. @returns the one before, which is the caller's to close */
  switchTo(fd: number): number | undefined {
    const before = this.#fd;
    this.#fd = fd;
    this.#writtenBytes = 0;
    return before;
  }

  /** The last lines of a process: writes them as far as it goes, drops the rest. What is under way ends by itself. */
  flushSync(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const deadline = performance.now() + flushMsMax;
    let bytes = Buffer.concat([this.#isWriting ? nothing : this.#current, this.#takeLines()]);
    if (this.#fd === undefined) this.#options.refused?.(this, undefined);
    while (bytes.length > 0 && this.#fd !== undefined) {
      try {
        const written = this.#output.writeSync(this.#fd, bytes);
        bytes = bytes.subarray(written);
        this.#waitingBytes -= written;
      } catch (error) {
        const isFullPipe = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
        if (!isFullPipe || performance.now() > deadline) break;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, flushPauseMs);
      }
    }
    if (!this.#isWriting) this.#current = nothing;
    this.#waitingBytes -= bytes.length;
    this.#options.dropped(bytes.toString('latin1').split('\n').length - 1);
  }

  #takeLines(): Buffer {
    const bytes = Buffer.from(this.#lines.join(''), 'utf8');
    this.#lines = [];
    return bytes;
  }

  #writeMore(): void {
    if (this.#current.length === 0) this.#current = this.#takeLines();
    if (this.#current.length === 0) return;
    if (this.#fd === undefined) this.#options.refused?.(this, undefined);
    if (this.#fd === undefined) return this.#retryLater();
    this.#isWriting = true;
    this.#output.write(this.#fd, this.#current, (error, written) => {
      this.#isWriting = false;
      if (error !== null) {
        this.#options.refused?.(this, error);
        this.#retryLater();
        return;
      }
      this.#current = this.#current.subarray(written);
      this.#waitingBytes -= written;
      this.#writtenBytes += written;
      if (this.#current.length === 0) this.#options.written?.(this);
      this.#writeMore();
    });
  }

  /** Whether or not another line comes: the last ones must not wait for it. */
  #retryLater(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#writeMore();
    }, retryMs);
    this.#retry.unref();
  }
}
