/**
 * Writes lines to an open file or pipe, without ever making their author wait.
 *
 * Lines that arrive during a write share the next one. A write that fails (because the disk or the pipe is full) is
 * retried a little later with the bytes that are left, so a failure never tears a line. Meanwhile lines wait in memory,
 * up to a limit; those beyond it are dropped and counted.
 */

import { write, writeSync } from 'node:fs';

/** The system calls, which tests replace. */
export interface LineOutput {
  readonly write: (fd: number, bytes: Buffer, done: (error: Error | null, written: number) => void) => void;
  /** @returns how many bytes were written */
  readonly writeSync: (fd: number, bytes: Buffer) => number;
}

export interface LineWriterOptions {
  /** `undefined` if there is no file yet; `refused` may then open one. */
  readonly fd: number | undefined;
  /** Lines that cannot be written wait in memory up to this size. */
  readonly waitingBytesMax: number;
  readonly dropped: (lines: number) => void;
  /** Called after each write that ended with a complete line: the time to switch to another file. */
  readonly written?: (writer: LineWriter) => void;
  /** Called when a write failed, before it is retried: it may switch to another file. */
  readonly refused?: (writer: LineWriter, error: Error | undefined) => void;
  readonly output?: LineOutput;
}

const retryMs = 100;
/** How long the last lines of a process may wait for a full pipe. */
const flushMsMax = 500;
const flushPauseMs = 10;
const nothing = Buffer.alloc(0);

export class LineWriter {
  readonly #options: LineWriterOptions;
  readonly #output: LineOutput;
  #fd: number | undefined;
  #lines: string[] = [];
  /** The bytes that are being written, or could not be written. */
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

  /** Bytes written to the present file. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** @param line - including its newline */
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

  /** Switches to another file. @returns the previous one, which the caller must close */
  switchTo(fd: number): number | undefined {
    const before = this.#fd;
    this.#fd = fd;
    this.#writtenBytes = 0;
    return before;
  }

  /**
   * Writes the last lines of a process synchronously, as far as possible, and drops the rest. A write in progress ends
   * by itself.
   */
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

  /** Retries even if no other line comes, or the last lines would wait for ever. */
  #retryLater(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#writeMore();
    }, retryMs);
    this.#retry.unref();
  }
}
