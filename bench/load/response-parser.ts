/**
 * Just as much of HTTP/1.1 as a generator of load needs: the status and where an answer ends. Takes chunks as they come,
 * cut anywhere. The bytes may be reused by the caller after `push`.
 */

const headEnd = Buffer.from('\r\n\r\n');
const lengthName = 'content-length';
/** Of a failure's body, to be shown. */
const keptBytesMax = 400;
const none: Buffer = Buffer.alloc(0);

export class ResponseParser {
  readonly #onResponse: (status: number, failureBody: string) => void;
  #head = none;
  #status = 0;
  #bodyLeft = -1;
  #kept = '';

  /** @param onResponse - `failureBody` is empty for a status below 300 */
  constructor(onResponse: (status: number, failureBody: string) => void) {
    this.#onResponse = onResponse;
  }

  /** @throws where it is not HTTP, or has no content-length */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length || this.#bodyLeft === 0) {
      at = this.#bodyLeft === -1 ? this.#takeHead(chunk, at) : this.#takeBody(chunk, at);
    }
  }

  #takeHead(chunk: Buffer, start: number): number {
    const isFresh = this.#head.length === 0;
    const bytes = isFresh ? chunk.subarray(start) : Buffer.concat([this.#head, chunk.subarray(start)]);
    const end = bytes.indexOf(headEnd);
    if (end === -1) {
      // A copy: the caller's chunk is overwritten.
      this.#head = isFresh ? Buffer.from(bytes) : bytes;
      return chunk.length;
    }
    const known = this.#head.length;
    this.#head = none;
    this.#status = statusOf(bytes);
    this.#bodyLeft = contentLength(bytes, end);
    return start + end + headEnd.length - known;
  }

  #takeBody(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + this.#bodyLeft);
    if (this.#status >= 300 && this.#kept.length < keptBytesMax) this.#kept += chunk.toString('utf8', start, end);
    this.#bodyLeft -= end - start;
    if (this.#bodyLeft === 0) {
      this.#bodyLeft = -1;
      const body = this.#kept;
      this.#kept = '';
      this.#onResponse(this.#status, body);
    }
    return end;
  }
}

function statusOf(head: Buffer): number {
  const status = Number(head.toString('latin1', 9, 12));
  if (head.toString('latin1', 0, 7) !== 'HTTP/1.' || !(status >= 100)) throw new Error(`not HTTP: ${head.toString('latin1', 0, 40)}`);
  return status;
}

function contentLength(bytes: Buffer, end: number): number {
  for (let line = bytes.indexOf('\n') + 1; line > 0 && line < end; line = bytes.indexOf('\n', line) + 1) {
    const colon = line + lengthName.length;
    if (bytes[colon] !== 0x3a || bytes.toString('latin1', line, colon).toLowerCase() !== lengthName) continue;
    let value = 0;
    for (let at = colon + 1; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte >= 0x30 && byte <= 0x39) value = value * 10 + byte - 0x30;
      else if (byte !== 0x20) break;
    }
    return value;
  }
  throw new Error(`an answer without content-length: ${bytes.toString('latin1', 0, Math.min(end, 200))}`);
}
