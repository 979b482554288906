/**
 * Flush marks: notes between the batches, which later distinguish what was never flushed from what is damaged. 16 bytes,
 * little-endian:
 *
 *      0  magic "RLF" and format version 1
 *      4  CRC-32 of bytes 0..4 and 8..16    u32
 *      8  position in this file: all before it was flushed when this mark was written    u64
 *
 * A mark is written before the batches that follow a flush, or alone when nothing follows for a while; it is not flushed for
 * its own sake. After a crash, a mark proves that everything before its position had been flushed, so a bad record there is
 * damage. A bad record after the positions of all marks may never have been flushed: it is cut off.
 */

import { crc32 } from 'node:zlib';
import { readU64, writeU64 } from '../../protocol/batch-codec.ts';

export const markBytes = 16;
const magicAndVersion = Buffer.from('RLF\u0001', 'latin1');

export function encodeMark(flushedPosition: number): Buffer {
  const bytes = Buffer.alloc(markBytes);
  magicAndVersion.copy(bytes);
  writeU64(bytes, flushedPosition, 8);
  bytes.writeUInt32LE(markChecksum(bytes, 0), 4);
  return bytes;
}

export function beginsMark(bytes: Buffer, position: number): boolean {
  return bytes.length - position >= 4 && bytes.compare(magicAndVersion, 0, 4, position, position + 4) === 0;
}

/** The position in the mark that begins here; `undefined` if there is no complete and valid mark. */
export function decodeMark(bytes: Buffer, position: number): number | undefined {
  if (bytes.length - position < markBytes || !beginsMark(bytes, position)) return undefined;
  return markChecksum(bytes, position) === bytes.readUInt32LE(position + 4) ? readU64(bytes, position + 8) : undefined;
}

/** The highest position in any valid mark, wherever it is in `bytes`; 0 without a mark. */
export function furthestMark(bytes: Buffer): number {
  let furthest = 0;
  for (let at = bytes.indexOf(magicAndVersion); at >= 0; at = bytes.indexOf(magicAndVersion, at + 1)) {
    furthest = Math.max(furthest, decodeMark(bytes, at) ?? 0);
  }
  return furthest;
}

function markChecksum(bytes: Buffer, position: number): number {
  return crc32(bytes.subarray(position + 8, position + markBytes), crc32(bytes.subarray(position, position + 4)));
}
