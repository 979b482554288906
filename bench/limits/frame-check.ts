/** Checks frames as they arrive, however they are cut into chunks: length, CRC-32, then so many bytes. */

import { crc32 } from 'node:zlib';

const frameHeadBytes = 8;

/** @returns a frame with these bytes */
export function frameOf(bytes: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + bytes.length);
  frame.writeUInt32LE(bytes.length, 0);
  frame.writeUInt32LE(crc32(bytes), 4);
  bytes.copy(frame, frameHeadBytes);
  return frame;
}

export class FrameCheck {
  readonly #head = Buffer.alloc(frameHeadBytes);
  #headLength = 0;
  #left = 0;
  #sum = 0;

  /** @throws if the bytes of a frame are not those that its head is about */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headLength < frameHeadBytes) {
        const copied = chunk.copy(this.#head, this.#headLength, at, at + frameHeadBytes - this.#headLength);
        this.#headLength += copied;
        at += copied;
        if (this.#headLength < frameHeadBytes) return;
        this.#left = this.#head.readUInt32LE(0);
        this.#sum = 0;
      } else {
        const end = Math.min(chunk.length, at + this.#left);
        this.#sum = crc32(chunk.subarray(at, end), this.#sum);
        this.#left -= end - at;
        at = end;
      }
      if (this.#left === 0) this.#finish();
    }
  }

  /** @throws if a frame is not complete */
  end(): void {
    if (this.#headLength > 0) throw new Error('the last frame is not complete');
  }

  #finish(): void {
    if (this.#sum !== this.#head.readUInt32LE(4)) throw new Error('the bytes of a frame are not those that were sent');
    this.#headLength = 0;
  }
}
