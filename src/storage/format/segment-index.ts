/**
 * The index of a closed segment as bytes: what a start would otherwise have to read the whole segment for, and where reads in
 * it can begin. It is derived data: an index that is missing, torn or damaged is made again from its segment, and an intact
 * one always matches its segment. Little-endian:
 *
 *      0  magic "RLI" and format version           40  number of its first batch         u64
 *      4  CRC-32 of the rest of the head    u32    48  offset of its first entry         u64
 *      8  bytes of the head                 u32    56  one past the number of its last   u64
 *     12  epochs in it                      u32    64  one past its last offset          u64
 *     16  member lists in it                u32    72  bytes of the segment              u64
 *     20  places                            u32    80  latest timestamp                  u64
 *     24  keys                              u32    88  highest committedEnd              u64
 *     28  CRC-32 of the places              u32    96  age of the last batch             u64
 *     32  CRC-32 of the keys                u32   104  age of the last key               u64
 *     36  identities of forwarded appends   u32   112  the epochs: epoch, number, offset of each, u64
 *                                                      the lists: number u64, bytes u32, JSON
 *
 * An index of version 2 is of a segment without controls. In version 3 the count of its controls, u32, is at 112, and the epochs
 * begin at 120; after the lists come the controls: number, offset, age u64, bytes u32, JSON.
 *
 * The head ends here. After it come the places (sparse-index.ts) and the keys (packed-keys.ts), each with a checksum of its own:
 * a start reads the head, and only those keys that can still be asked for. After the keys come the identities, if there are
 * any, laid out like keys, and their CRC-32. For a version that does not know identities, their count is an unused field, and
 * everything else is where it expects it.
 */

import { crc32 } from 'node:zlib';
import type { PlacedControl } from '../../core/model/control.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import type { LogPart, PlacedList } from '../../core/model/log-part.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../../core/model/numbers.ts';
import type { LogAge } from '../../core/model/numbers.ts';
import { readU64, writeU64 } from '../../protocol/batch-codec.ts';
import { decodeControl, encodeControl } from '../../protocol/control-codec.ts';
import { decodeMemberList, encodeMemberList } from '../../protocol/member-list-codec.ts';
import { packedKeyBytes } from './packed-keys.ts';
import type { PackedKeys } from './packed-keys.ts';
import { placeBytes } from './sparse-index.ts';
import type { SegmentMetadata } from './segment-metadata.ts';

const magics = { withoutControls: Buffer.from('RLI\u0002', 'latin1'), withControls: Buffer.from('RLI\u0003', 'latin1') } as const;
const fixedBytes = 112;
/** Of a head that has controls. */
const fixedBytesOfControls = 120;
const epochBytes = 24;
const listHeaderBytes = 12;
const controlHeaderBytes = 28;
/** A head is far smaller than this, however many epochs its segment has. */
const headBytesMax = 64 * 1024 * 1024;

/** Everything in an index except its places, keys and identities. */
export interface IndexHead extends LogPart {
  /** The size of the segment in bytes. */
  readonly size: number;
  readonly keyCount: number;
  /** 0 without a key. */
  readonly lastKeyAge: LogAge;
  /** The checksum of the head, which includes those of places and keys. */
  readonly checksum: number;
  readonly places: IndexSection;
  readonly keys: IndexSection;
  readonly identityCount: number;
}

/** A part of the index file after its head. */
interface IndexSection {
  readonly position: number;
  readonly bytes: number;
  readonly checksum: number;
}

export interface EncodedIndex {
  readonly pieces: readonly Uint8Array[];
  readonly byteCount: number;
  readonly checksum: number;
}

export function encodeIndex(metadata: SegmentMetadata): EncodedIndex {
  const places = metadata.positions.encode();
  const keys = metadata.keys.pieces;
  const lists = metadata.lists.map(({ number, list }) => ({ number, json: encodeMemberList(list) }));
  const listBytes = lists.reduce((sum, { json }) => sum + listHeaderBytes + json.length, 0);
  const controls = metadata.controls.map((placed) => ({ placed, json: encodeControl(placed.control) }));
  const controlBytes = controls.reduce((sum, { json }) => sum + controlHeaderBytes + json.length, 0);
  const firstBytes = controls.length === 0 ? fixedBytes : fixedBytesOfControls;
  const head = Buffer.alloc(firstBytes + metadata.epochs.length * epochBytes + listBytes + controlBytes);
  (controls.length === 0 ? magics.withoutControls : magics.withControls).copy(head);
  if (controls.length > 0) head.writeUInt32LE(controls.length, fixedBytes);
  const counts = [head.length, metadata.epochs.length, lists.length, metadata.positions.count, metadata.keys.count];
  const checksums = [crc32(places), checksumOf(keys)];
  const identities = withChecksum(metadata.identities);
  const words = [...counts, ...checksums, metadata.identities.count];
  for (const [index, value] of words.entries()) head.writeUInt32LE(value, 8 + 4 * index);
  const { start, end, size, lastTimestamp, lastAge, committedEnd } = metadata;
  const points = [start.number, start.offset, end.number, end.offset];
  const numbers = [...points, size, lastTimestamp, committedEnd, lastAge, metadata.keys.lastAge];
  for (const [index, value] of numbers.entries()) writeU64(head, value, 40 + 8 * index);
  let at = firstBytes;
  for (const each of metadata.epochs) {
    writeU64(head, each.epoch, at);
    writeU64(head, each.number, at + 8);
    writeU64(head, each.offset, at + 16);
    at += epochBytes;
  }
  for (const { number, json } of lists) {
    writeU64(head, number, at);
    head.writeUInt32LE(json.length, at + 8);
    head.set(json, at + listHeaderBytes);
    at += listHeaderBytes + json.length;
  }
  for (const { placed, json } of controls) {
    for (const [index, value] of [placed.number, placed.offset, placed.age].entries()) writeU64(head, value, at + 8 * index);
    head.writeUInt32LE(json.length, at + 24);
    head.set(json, at + controlHeaderBytes);
    at += controlHeaderBytes + json.length;
  }
  const checksum = indexChecksum(head);
  head.writeUInt32LE(checksum, 4);
  const pieces = [head, places, ...keys, ...identities];
  return { pieces, byteCount: pieces.reduce((sum, piece) => sum + piece.length, 0), checksum };
}

/** The length of the head that begins these bytes; `undefined` if they do not begin with one. */
export function headLength(bytes: Buffer): number | undefined {
  if (bytes.length < fixedBytes || !Object.values(magics).some((magic) => bytes.compare(magic, 0, 4, 0, 4) === 0)) return undefined;
  const length = bytes.readUInt32LE(8);
  return length < fixedBytes || length > headBytesMax ? undefined : length;
}

/** @param bytes - at least the head. @returns `undefined` if the head is damaged */
export function decodeHead(bytes: Buffer): IndexHead | undefined {
  const length = headLength(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const head = bytes.subarray(0, length);
  const checksum = head.readUInt32LE(4);
  // If the checksum is right, the head was written by `encodeIndex`, and needs no further checks.
  if (indexChecksum(head) !== checksum) return undefined;
  const number = (at: number): number => readU64(head, at);
  const places = { position: length, bytes: head.readUInt32LE(20) * placeBytes, checksum: head.readUInt32LE(28) };
  const keyCount = head.readUInt32LE(24);
  const epochs: EpochStart[] = [];
  const hasControls = head.compare(magics.withControls, 0, 4, 0, 4) === 0;
  let at = hasControls ? fixedBytesOfControls : fixedBytes;
  for (let left = head.readUInt32LE(12); left > 0; left -= 1) {
    epochs.push({ epoch: epoch(number(at)), number: batchNumber(number(at + 8)), offset: offset(number(at + 16)) });
    at += epochBytes;
  }
  const lists: PlacedList[] = [];
  for (let left = head.readUInt32LE(16); left > 0; left -= 1) {
    const end = at + listHeaderBytes + head.readUInt32LE(at + 8);
    lists.push({ number: batchNumber(number(at)), list: decodeMemberList(head.subarray(at + listHeaderBytes, end)) });
    at = end;
  }
  const controls: PlacedControl[] = [];
  for (let left = hasControls ? head.readUInt32LE(fixedBytes) : 0; left > 0; left -= 1) {
    const end = at + controlHeaderBytes + head.readUInt32LE(at + 24);
    const control = decodeControl(head.subarray(at + controlHeaderBytes, end));
    controls.push({ number: batchNumber(number(at)), offset: offset(number(at + 8)), age: logAge(number(at + 16)), control });
    at = end;
  }
  return {
    start: { number: batchNumber(number(40)), offset: offset(number(48)) },
    end: { number: batchNumber(number(56)), offset: offset(number(64)) },
    epochs,
    lists,
    controls,
    lastTimestamp: timestampMs(number(80)),
    committedEnd: offset(number(88)),
    size: number(72),
    keyCount,
    identityCount: head.readUInt32LE(36),
    lastAge: logAge(number(96)),
    lastKeyAge: logAge(number(104)),
    checksum,
    places,
    keys: { position: length + places.bytes, bytes: keyCount * packedKeyBytes, checksum: head.readUInt32LE(32) },
  };
}

function checksumOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => crc32(piece, sum), 0);
}

/** The keys and their checksum, or nothing at all if there are no keys. */
function withChecksum({ pieces }: PackedKeys): readonly Uint8Array[] {
  if (pieces.length === 0) return [];
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(checksumOf(pieces));
  return [...pieces, checksum];
}

function indexChecksum(head: Buffer): number {
  return crc32(head.subarray(8), crc32(head.subarray(0, 4)));
}
