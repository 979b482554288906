/**
 * Frames of a replication stream: the units into which its bytes are divided.
 *
 *     0  length of what follows the header   u32, little-endian
 *     4  kind                                u8
 *     5  zero                                3 bytes
 *     8  epoch of the sender                 u64
 *    16  payload
 */

import { readU64, writeU64 } from './batch-codec.ts';

const frameHeaderBytes = 16;

export interface Frame {
  readonly kind: number;
  readonly epoch: number;
  readonly payload: Buffer;
}

/** The peer does not keep to this protocol; the stream must end. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export function frameHeader(frame: { readonly kind: number; readonly epoch: number; readonly payloadBytes: number }): Buffer {
  const header = Buffer.alloc(frameHeaderBytes);
  header.writeUInt32LE(frame.payloadBytes, 0);
  header.writeUInt8(frame.kind, 4);
  writeU64(header, frame.epoch, 8);
  return header;
}

/** @throws FrameError if it is larger than a safe integer */
export function readCount(bytes: Buffer, position: number): number {
  const value = readU64(bytes, position);
  if (!Number.isSafeInteger(value)) throw new FrameError('a number is too large');
  return value;
}

/**
 * Assembles frames from the pieces that arrive. A payload is a copy, or a view of a piece that is not used otherwise. The
 * length of a frame is checked before its payload is buffered.
 */
export class FrameReader {
  readonly #payloadBytesMax: (kind: number) => number;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = frameHeaderBytes;

  /** @param payloadBytesMax - how long a payload of this kind may be now; throws FrameError for a kind that must not come */
  constructor(payloadBytesMax: (kind: number) => number) {
    this.#payloadBytesMax = payloadBytesMax;
  }

  /**
   * @returns the frames that are complete now
   * @throws FrameError
   */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const frames: Frame[] = [];
    if (this.#buffered < this.#needed) return frames;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#buffered);
    for (;;) {
      if (rest.length < frameHeaderBytes) {
        this.#needed = frameHeaderBytes;
        break;
      }
      const payloadBytes = rest.readUInt32LE(0);
      const kind = rest.readUInt8(4);
      const payloadBytesMax = this.#payloadBytesMax(kind);
      if (payloadBytes > payloadBytesMax) throw new FrameError(`a frame of kind ${kind} and ${payloadBytes} bytes is too large`);
      const end = frameHeaderBytes + payloadBytes;
      if (rest.length < end) {
        this.#needed = end;
        break;
      }
      frames.push({ kind, epoch: readCount(rest, 8), payload: rest.subarray(frameHeaderBytes, end) });
      rest = rest.subarray(end);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
    return frames;
  }
}
