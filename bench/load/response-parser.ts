/**
 * Just as much of HTTP/1.1 as a load generator needs: the status, and where an answer ends. Takes chunks however they are
 * cut. The caller may reuse the bytes after `push`.
 */

const headEnd = Buffer.from('\r\n\r\n');
/** How much of a failure's body is kept, to be shown. */
const keptBytesMax = 400;
const none: Buffer = Buffer.alloc(0);

/** `size` and `after` belong to chunked encoding: the line before a chunk, and the line end after it. */
type State = 'head' | 'body' | 'size' | 'piece' | 'after' | 'trailer';

export class ResponseParser {
  readonly #onResponse: (status: number, failureBody: string) => void;
  #state: State = 'head';
  /** The beginning of a head or a line that is not complete yet. */
  #begun = none;
  #status = 0;
  #left = 0;
  #kept = '';

  /** @param onResponse - `failureBody` is empty for a status below 300 */
  constructor(onResponse: (status: number, failureBody: string) => void) {
    this.#onResponse = onResponse;
  }

  /** @throws if it is not HTTP, or its end cannot be known */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.#take(chunk, at);
  }

  #take(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#takeHead(chunk, at);
      case 'body':
      case 'piece':
        return this.#takeBytes(chunk, at);
      default:
        return this.#takeLine(chunk, at);
    }
  }

  #takeHead(chunk: Buffer, start: number): number {
    const known = this.#begun.length;
    const bytes = known === 0 ? chunk.subarray(start) : Buffer.concat([this.#begun, chunk.subarray(start)]);
    const end = bytes.indexOf(headEnd);
    if (end === -1) {
      // Copied, because the caller reuses its chunk.
      this.#begun = known === 0 ? Buffer.from(bytes) : bytes;
      return chunk.length;
    }
    this.#begun = none;
    this.#status = statusOf(bytes);
    const length = bodyLength(bytes, end);
    this.#left = length === 'chunked' ? 0 : length;
    this.#state = length === 'chunked' ? 'size' : 'body';
    if (length === 0) this.#finish();
    return start + end + headEnd.length - known;
  }

  #takeBytes(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + this.#left);
    if (this.#status >= 300 && this.#kept.length < keptBytesMax) this.#kept += chunk.toString('utf8', start, end);
    this.#left -= end - start;
    if (this.#left === 0) {
      if (this.#state === 'piece') this.#state = 'after';
      else this.#finish();
    }
    return end;
  }

  #takeLine(chunk: Buffer, start: number): number {
    const end = chunk.indexOf('\n', start);
    const bytes = Buffer.concat([this.#begun, chunk.subarray(start, end === -1 ? chunk.length : end)]);
    this.#begun = end === -1 ? bytes : none;
    if (end === -1) return chunk.length;
    if (this.#state === 'size') {
      this.#left = Number.parseInt(bytes.toString('latin1'), 16);
      if (!(this.#left >= 0)) throw new Error(`not the size of a piece: ${bytes.toString('latin1', 0, 40)}`);
      this.#state = this.#left === 0 ? 'trailer' : 'piece';
    } else if (this.#state === 'after') {
      this.#state = 'size';
    } else if (bytes.length <= 1) {
      this.#finish();
    }
    return end + 1;
  }

  #finish(): void {
    const body = this.#kept;
    this.#kept = '';
    this.#state = 'head';
    this.#onResponse(this.#status, body);
  }
}

function statusOf(head: Buffer): number {
  const status = Number(head.toString('latin1', 9, 12));
  if (head.toString('latin1', 0, 7) !== 'HTTP/1.' || !(status >= 100)) throw new Error(`not HTTP: ${head.toString('latin1', 0, 40)}`);
  return status;
}

const lengthName = 'content-length';
const encodingName = 'transfer-encoding';

function bodyLength(bytes: Buffer, end: number): number | 'chunked' {
  for (let line = bytes.indexOf('\n') + 1; line > 0 && line < end; line = bytes.indexOf('\n', line) + 1) {
    if (isNamed(bytes, line, lengthName)) return decimalAt(bytes, line + lengthName.length + 1);
    if (isNamed(bytes, line, encodingName)) return 'chunked';
  }
  throw new Error(`an answer without content-length: ${bytes.toString('latin1', 0, Math.min(end, 200))}`);
}

function isNamed(bytes: Buffer, line: number, name: string): boolean {
  const colon = line + name.length;
  return bytes[colon] === 0x3a && bytes.toString('latin1', line, colon).toLowerCase() === name;
}

function decimalAt(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === 0x20) at += 1;
  let value = 0;
  for (let digit = (bytes[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - 0x30) value = value * 10 + digit;
  return value;
}
