/**
 * The idempotency keys of a segment, packed. They are copies, so that no batch stays in memory because of its keys, and their
 * bytes are those in the segment's index (segment-index.ts). The identities of forwarded appends are packed separately in the
 * same way, but only as many of the last ones as are ever remembered. 56 bytes a key, little-endian:
 *
 *      0  fingerprint                   16 bytes      36  offset of its entry      u48
 *     16  digest                        16 bytes      42  number of its batch      u48
 *     32  entries of the append         u32           48  age of its batch         u64
 */

import { fingerprintBytes } from '../../core/model/batch.ts';
import type { PlacedKey } from '../../core/model/batch.ts';
import { checkpointKeyBytes } from '../../core/model/checkpoint.ts';
import type { KeyPlace, KeySource } from '../../core/model/log-part.ts';
import { batchNumber, logAge, offset } from '../../core/model/numbers.ts';
import type { LogAge } from '../../core/model/numbers.ts';
import { readU64, writeU64 } from '../../protocol/batch-codec.ts';

export const packedKeyBytes = checkpointKeyBytes;
const pieceKeys = 64;

export class PackedKeys implements KeySource {
  readonly #pieces: Buffer[] = [];
  readonly #countMax: number;
  #count = 0;
  #lastAge = logAge(0);

  /** @param countMax - if there are more keys, at least this many of the newest are kept */
  constructor(countMax = Number.POSITIVE_INFINITY) {
    this.#countMax = countMax;
  }

  /** @param bytes - complete keys; the result refers to them */
  static over(bytes: Buffer): PackedKeys {
    const keys = new PackedKeys();
    for (let at = 0; at < bytes.length; at += pieceKeys * packedKeyBytes)
      keys.#pieces.push(bytes.subarray(at, at + pieceKeys * packedKeyBytes));
    keys.#count = bytes.length / packedKeyBytes;
    if (keys.#count > 0) keys.#lastAge = logAge(readU64(bytes, bytes.length - 8));
    return keys;
  }

  get count(): number {
    return this.#count;
  }

  /** The age of the last key; 0 without a key. */
  get lastAge(): LogAge {
    return this.#lastAge;
  }

  /** The bytes of all keys, one after the other. */
  get pieces(): readonly Buffer[] {
    const inLast = this.#count % pieceKeys;
    if (inLast === 0) return this.#pieces;
    return [...this.#pieces.slice(0, -1), ...this.#pieces.slice(-1).map((piece) => piece.subarray(0, inLast * packedKeyBytes))];
  }

  add(key: PlacedKey, place: KeyPlace): void {
    const inLast = this.#count % pieceKeys;
    if (inLast === 0 && this.#count >= this.#countMax + pieceKeys) {
      this.#pieces.shift();
      this.#count -= pieceKeys;
    }
    // Not from the pool: a piece lives longer than other buffers in it.
    if (inLast === 0) this.#pieces.push(Buffer.allocUnsafeSlow(pieceKeys * packedKeyBytes));
    const piece = this.#pieces.at(-1);
    if (piece === undefined) return;
    const at = inLast * packedKeyBytes;
    piece.set(key.fingerprint, at);
    piece.set(key.digest, at + fingerprintBytes);
    piece.writeUInt32LE(key.entryCount, at + 32);
    piece.writeUIntLE(key.offset, at + 36, 6);
    piece.writeUIntLE(place.number, at + 42, 6);
    writeU64(piece, place.age, at + 48);
    this.#count += 1;
    this.#lastAge = place.age;
  }

  /** The bytes of a key are valid only during `take`: there may be a million keys, so all use the same memory. */
  visit(take: (key: PlacedKey, place: KeyPlace) => void): void {
    const fingerprint = Buffer.allocUnsafeSlow(fingerprintBytes);
    const digest = Buffer.allocUnsafeSlow(fingerprintBytes);
    for (const piece of this.pieces) {
      for (let at = 0; at < piece.length; at += packedKeyBytes) {
        piece.copy(fingerprint, 0, at, at + fingerprintBytes);
        piece.copy(digest, 0, at + fingerprintBytes, at + 2 * fingerprintBytes);
        take(
          { fingerprint, digest, entryCount: piece.readUInt32LE(at + 32), offset: offset(piece.readUIntLE(at + 36, 6)) },
          { number: batchNumber(piece.readUIntLE(at + 42, 6)), age: logAge(readU64(piece, at + 48)) },
        );
      }
    }
  }
}
