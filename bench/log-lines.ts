/** Parses the NDJSON lines of `GET /messages`, however they are cut into chunks: the offset of each, and the message it holds. */

import { CheckFailed } from './check-failed.ts';
import { readOrigin } from './load/message-text.ts';
import type { MessageOrigin } from './load/message-text.ts';

const before = Buffer.from('{"offset":');
const marker = Buffer.from('"message":"');

export class LogLines {
  #rest: Buffer[] = [];
  count = 0;
  /** Of the current line. */
  offset = 0;
  origin: MessageOrigin | undefined;

  push(chunk: Buffer, onLine: ((line: LogLines) => void) | undefined): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.count += 1;
      if (this.#rest.length > 0) {
        const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end)]);
        this.#rest = [];
        this.#look(whole, { start: 0, end: whole.length }, onLine);
      } else {
        this.#look(chunk, { start, end }, onLine);
      }
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start));
  }

  /** @throws CheckFailed where the answer broke off */
  end(): void {
    if (this.#rest.length > 0) throw new CheckFailed('the last line of an answer has no end');
  }

  #look(
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
    onLine: ((line: LogLines) => void) | undefined,
  ): void {
    if (onLine === undefined) return;
    let at = start + before.length;
    let offset = 0;
    for (let digit = (bytes[at] ?? 0) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - 0x30) offset = offset * 10 + digit;
    this.offset = offset;
    const message = bytes.indexOf(marker, at);
    this.origin = message === -1 || message > end ? undefined : readOrigin(bytes, message + marker.length);
    onLine(this);
  }
}
