/**
 * Flush marks: what a disk notes about itself between the batches, to tell later what was never flushed from what is
 * damaged. 16 bytes, little-endian:
 *
 *      0  magic "RLF" and format version 1
 *      4  CRC-32 of bytes 0..4 and 8..16    u32
 *      8  position in this file: all before it was flushed when this mark was written    u64
 *
 * A mark is written in front of the batches that follow a flush, or alone when nothing follows for a while; it is not
 * flushed for its own sake. After a crash a mark proves that what it speaks of had been flushed, so a bad record before
 * that position is damage. A bad record behind every mark's position was never flushed as far as anybody knows: it was
 * never acknowledged, and is cut off.
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

/** The position that a mark speaks of; `undefined` if no whole and valid mark begins here. */
export function decodeMark(bytes: Buffer, position: number): number | undefined {
  if (bytes.length - position < markBytes || !beginsMark(bytes, position)) return undefined;
  return markChecksum(bytes, position) === bytes.readUInt32LE(position + 4) ? readU64(bytes, position + 8) : undefined;
}

/** The furthest position that any valid mark in `bytes` speaks of, wherever it lies; 0 without one. */
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
