/**
 * The idempotency keys of a segment, packed: copies, so that no batch stays in memory for the sake of its keys, and the
 * bytes that lie in the segment's index (segment-index.ts). The identities of forwarded appends are packed the same way,
 * apart from them, and only the last ones: no more are ever remembered. 56 bytes a key, little-endian:
 *
 *      0  fingerprint                   16 bytes      36  offset of its entry      u48
 *     16  digest                        16 bytes      42  number of its batch      u48
 *     32  entries of the append         u32           48  age of its batch         u64
 */

import { fingerprintBytes } from '../../core/model/batch.ts';
import type { PlacedKey } from '../../core/model/batch.ts';
import type { KeyPlace, KeySource } from '../../core/model/log-part.ts';
import { batchNumber, logAge, offset } from '../../core/model/numbers.ts';
import type { LogAge } from '../../core/model/numbers.ts';
import { readU64, writeU64 } from '../../protocol/batch-codec.ts';

export const packedKeyBytes = 56;
const pieceKeys = 64;

export class PackedKeys implements KeySource {
  readonly #pieces: Buffer[] = [];
  readonly #countMax: number;
  #count = 0;
  #lastAge = logAge(0);

  /** @param countMax - how many are kept at least, of more than that */
  constructor(countMax = Number.POSITIVE_INFINITY) {
    this.#countMax = countMax;
  }

  /** @param bytes - of whole keys; they are kept */
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

  /** 0 without a key. */
  get lastAge(): LogAge {
    return this.#lastAge;
  }

  /** All of them, one behind the other. */
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
    // Not from the pool: a piece lives longer than what else is in there.
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

  /** The bytes of a key are there for `take` alone: all use the same memory, since there may be a million of them. */
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
