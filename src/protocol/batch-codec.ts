/**
 * Batches as bytes: the unit of disk writes, wire frames and checksums. The bytes are the same on every disk and on every
 * stream. docs/storage-format.md describes the same layout for people.
 *
 * All numbers are little-endian. A header of 64 bytes:
 *
 *      0  magic "RLB" and format version 1          24  number                    u64
 *      4  length of the whole batch       u32       32  base offset               u64
 *      8  CRC-32 of bytes 0..8 and 12..   u32       40  entry count               u32
 *     12  flags                          u8        44  key count                 u32
 *     13  age of the log, in minutes      u24       48  timestamp, ms since 1970  u64
 *     16  epoch                           u64       56  leader's committedEnd     u64
 *
 * The flags: 1 it is a marker, 2 it has a member list, 4 it has a control. After the header comes a member list or a control, as
 * JSON, or the entries, each
 *
 *      u32  bytes of the message; the highest bit says that a key comes before it
 *      [16 bytes fingerprint of the key, 16 bytes digest of the append's messages, u32 entries of the append]
 *      the message: one JSON value in UTF-8, without whitespace outside strings
 *
 * A message can never be mistaken for a batch: valid JSON has no zero byte, and every header has.
 */

import { batchRoom } from './batch-room.ts';
import { crc32 } from 'node:zlib';
import { assert } from '../core/model/assert.ts';
import { fingerprintBytes } from '../core/model/batch.ts';
import type { AppendKey, Batch, BatchDraft, PlacedKey } from '../core/model/batch.ts';
import type { MemberList } from '../core/model/members.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../core/model/numbers.ts';
import type { Offset } from '../core/model/numbers.ts';
import { decodeControl, encodeControl } from './control-codec.ts';
import { decodeMemberList, encodeMemberList } from './member-list-codec.ts';
import { eachMessage, lengthBytes } from './packed-messages.ts';
import type { PackedMessages } from './packed-messages.ts';

export const formatVersion = 1;
export const headerBytes = 64;
/** No batch is larger than this: a length beyond it is damage. */
export const batchBytesMax = 1024 * 1024 * 1024;
/** How many bytes a key adds to the first message of its append. */
const keyBytes = 2 * fingerprintBytes + 4;

/** The last timestamp that JavaScript can write as a date. */
const dateMax = 8_640_000_000_000_000;
/** After 31 years the age stands still, and keys are forgotten only by their number. */
const ageMax = 0xff_ff_ff;
const magic = 0x42_4c_52; // "RLB"
const keyFlag = 0x8000_0000;
const flags = { marker: 1, memberList: 2, control: 4 } as const;

/** The messages of one append, and its key, or theirs. */
export interface EncodableAppend {
  readonly messages: PackedMessages;
  readonly key: AppendKey | undefined;
  /** Set if each message has a key of its own, or none; then there is no `key`. */
  readonly keys?: readonly (AppendKey | undefined)[] | undefined;
}

/** A batch cannot be read. The message says what is wrong with it. */
export class BatchDamaged extends Error {
  override readonly name = 'BatchDamaged';
}

/** The batch was written by a version of this program that this one does not know. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';
}

/** @param appends - the appends of `draft.requestIds`, in the same order */
export function encodeBatch(draft: BatchDraft, appends: readonly EncodableAppend[]): Batch {
  const list = draft.memberList === undefined ? undefined : encodeMemberList(draft.memberList);
  const control = draft.control === undefined ? undefined : encodeControl(draft.control);
  assert(list === undefined || control === undefined, 'a batch has a member list or a control');
  const json = list ?? control;
  let length = headerBytes + (json?.length ?? 0);
  for (const append of appends) {
    length += keyBytes * keyCountOf(append);
    length += append.messages.bytes.length;
  }
  assert(length <= batchBytesMax, 'a batch is no larger than the maximum');
  const bytes = batchRoom(length);
  bytes.writeUInt32LE(magic + formatVersion * 0x100_0000, 0);
  bytes.writeUInt32LE(length, 4);
  const flag = [draft.isMarker && flags.marker, list && flags.memberList, control && flags.control];
  bytes.writeUInt8(
    flag.reduce<number>((sum, each) => sum + (each || 0), 0),
    12,
  );
  bytes.writeUIntLE(Math.min(draft.age, ageMax), 13, 3);
  writeU64(bytes, draft.epoch, 16);
  writeU64(bytes, draft.number, 24);
  writeU64(bytes, draft.baseOffset, 32);
  bytes.writeUInt32LE(draft.entryCount, 40);
  bytes.writeUInt32LE(draft.keys.length, 44);
  writeU64(bytes, draft.timestamp, 48);
  writeU64(bytes, draft.committedEnd, 56);
  const end = json === undefined ? writeEntries(bytes, appends) : headerBytes + writeBytes(bytes, json, headerBytes);
  assert(end === length, 'a batch is as long as it was measured');
  const checksum = batchChecksum(bytes);
  bytes.writeUInt32LE(checksum, 8);
  return { ...draft, checksum, bytes };
}

function writeEntries(bytes: Buffer, appends: readonly EncodableAppend[]): number {
  let position = headerBytes;
  for (const { messages, key, keys } of appends) {
    if (keys !== undefined) {
      let index = 0;
      eachMessage(messages, (start, end) => {
        position = writeMessages(bytes, { key: keys[index], messages: messages.bytes.subarray(start - lengthBytes, end), position });
        index += 1;
      });
    } else position = writeMessages(bytes, { key, messages: messages.bytes, position });
  }
  return position;
}

/** @returns the position behind them */
function writeMessages(
  bytes: Buffer,
  { key, messages, position: start }: { readonly key: AppendKey | undefined; readonly messages: Buffer; readonly position: number },
): number {
  if (key === undefined) return start + writeBytes(bytes, messages, start);
  // The key goes between the length of the first message and its text.
  let position = bytes.writeUInt32LE((messages.readUInt32LE(0) | keyFlag) >>> 0, start);
  position += writeBytes(bytes, key.fingerprint, position);
  position += writeBytes(bytes, key.digest, position);
  position = bytes.writeUInt32LE(key.entryCount, position);
  return position + writeBytes(bytes, messages.subarray(lengthBytes), position);
}

function keyCountOf({ key, keys }: EncodableAppend): number {
  if (keys === undefined) return key === undefined ? 0 : 1;
  return keys.reduce((count, each) => (each === undefined ? count : count + 1), 0);
}

function writeBytes(target: Buffer, source: Uint8Array, position: number): number {
  target.set(source, position);
  return source.length;
}

/**
 * The length of the batch that begins at `position`, or, as a negative number, how many more bytes are needed to tell.
 * @throws BatchDamaged if no batch begins here, UnknownFormat if one of another version does
 */
export function batchLength(bytes: Buffer, position: number): number {
  if (bytes.length - position < 8) return bytes.length - position - 8;
  if (!beginsBatch(bytes, position)) throw new BatchDamaged('no batch begins here');
  const version = bytes.readUInt8(position + 3);
  // There is no version 0: a crash left zeros in place of the rest of the header.
  if (version === 0) throw new BatchDamaged('the header is incomplete');
  if (version !== formatVersion)
    throw new UnknownFormat(`format version ${version} is not known to this program, which knows ${formatVersion}`);
  const length = bytes.readUInt32LE(position + 4);
  if (length < headerBytes || length > batchBytesMax) throw new BatchDamaged(`a length of ${length} bytes is impossible`);
  return length;
}

function beginsBatch(bytes: Buffer, position: number): boolean {
  return bytes.length - position >= 3 && bytes.readUIntLE(position, 3) === magic;
}

/** The timestamp in the header of a batch, which is not checked otherwise. @param bytes - at least the header */
export function timestampIn(bytes: Buffer): number {
  return bytes.length < headerBytes ? 0 : readU64(bytes, 48);
}

/**
 * Checks everything but the messages, which `decodeForeignBatch` checks in a batch that another node sent.
 * @param bytes - exactly one batch; the result refers to them
 * @throws BatchDamaged, UnknownFormat
 */
export function decodeBatch(bytes: Buffer): Batch {
  const length = batchLength(bytes, 0);
  if (length !== bytes.length) throw new BatchDamaged(`it has ${bytes.length} bytes, but its header says ${length}`);
  const checksum = bytes.readUInt32LE(8);
  if (batchChecksum(bytes) !== checksum) throw new BatchDamaged('the checksum does not match');
  const flag = bytes.readUInt8(12);
  const isMarker = (flag & flags.marker) !== 0;
  const number = batchNumber(countIn(bytes, 24, 'number'));
  const baseOffset = offset(countIn(bytes, 32, 'base offset'));
  const entryCount = bytes.readUInt32LE(40);
  const keyCount = bytes.readUInt32LE(44);
  const timestamp = countIn(bytes, 48, 'timestamp');
  if (timestamp > dateMax) throw new BatchDamaged('its timestamp is not a date');
  // The next number and offset must be safe integers too.
  if (number >= Number.MAX_SAFE_INTEGER || baseOffset + entryCount >= Number.MAX_SAFE_INTEGER)
    throw new BatchDamaged('no batch can follow it');
  const memberList: MemberList | undefined = (flag & flags.memberList) === 0 ? undefined : decodeMemberList(bytes.subarray(headerBytes));
  const control = (flag & flags.control) === 0 ? undefined : decodeControl(bytes.subarray(headerBytes));
  if (memberList !== undefined && control !== undefined) throw new BatchDamaged('it has a member list and a control');
  const committedEnd = offset(countIn(bytes, 56, 'committedEnd'));
  if (control?.kind === 'trim' && control.firstOffset > committedEnd) throw new BatchDamaged('it trims what is not committed');
  if (memberList !== undefined || control !== undefined || isMarker) {
    if (entryCount !== 0 || keyCount !== 0) throw new BatchDamaged('a batch without entries says that it has some');
    if (memberList === undefined && control === undefined && length !== headerBytes) throw new BatchDamaged('a marker has content');
  } else checkEntries(bytes, { entryCount, keyCount });
  return {
    epoch: epoch(countIn(bytes, 16, 'epoch')),
    number,
    baseOffset,
    entryCount,
    timestamp: timestampMs(timestamp),
    age: logAge(bytes.readUIntLE(13, 3)),
    committedEnd,
    isMarker,
    memberList,
    control,
    keys: keyCount === 0 ? [] : readKeys(bytes, baseOffset),
    checksum,
    bytes,
  };
}

/**
 * Checks that there are as many entries and keys as the header says, and that they fill the batch. Otherwise a wrong count
 * would be found only when the log is read.
 */
function checkEntries(bytes: Buffer, said: { readonly entryCount: number; readonly keyCount: number }): void {
  let position = headerBytes;
  let entries = 0;
  let keys = 0;
  while (position < bytes.length) {
    if (bytes.length - position < lengthBytes) throw new BatchDamaged('an entry reaches beyond its batch');
    const word = bytes.readUInt32LE(position);
    const hasKey = word >= keyFlag;
    const start = position + lengthBytes + (hasKey ? keyBytes : 0);
    position = start + (hasKey ? word - keyFlag : word);
    if (position > bytes.length) throw new BatchDamaged('an entry reaches beyond its batch');
    if (hasKey) {
      const appended = bytes.readUInt32LE(start - 4);
      if (appended === 0 || appended > said.entryCount - entries) throw new BatchDamaged('a key covers entries that do not exist');
      keys += 1;
    }
    entries += 1;
  }
  if (entries !== said.entryCount) throw new BatchDamaged(`it holds ${entries} entries, but its header says ${said.entryCount}`);
  if (keys !== said.keyCount) throw new BatchDamaged(`it holds ${keys} keys, but its header says ${said.keyCount}`);
}

function readKeys(bytes: Buffer, baseOffset: Offset): PlacedKey[] {
  const keys: PlacedKey[] = [];
  let at: number = baseOffset;
  walkEntries(bytes, ({ keyPosition }) => {
    if (keyPosition !== undefined) {
      keys.push({
        fingerprint: bytes.subarray(keyPosition, keyPosition + fingerprintBytes),
        digest: bytes.subarray(keyPosition + fingerprintBytes, keyPosition + 2 * fingerprintBytes),
        entryCount: bytes.readUInt32LE(keyPosition + 2 * fingerprintBytes),
        offset: offset(at),
      });
    }
    at += 1;
  });
  return keys;
}

/** Where the messages of a batch are in its bytes: `[start, end)` pairs, one after the other. */
export function messageBounds(batch: { readonly bytes: Uint8Array; readonly entryCount: number }): Uint32Array {
  const bounds = new Uint32Array(batch.entryCount * 2);
  let index = 0;
  walkEntries(asBuffer(batch.bytes), ({ start, end }) => {
    bounds[index] = start;
    bounds[index + 1] = end;
    index += 2;
  });
  return bounds;
}

function walkEntries(
  bytes: Buffer,
  visit: (entry: { readonly start: number; readonly end: number; readonly keyPosition: number | undefined }) => void,
): void {
  const count = bytes.readUInt32LE(40);
  let position = headerBytes;
  for (let i = 0; i < count; i += 1) {
    const word = bytes.readUInt32LE(position);
    position += lengthBytes;
    const hasKey = word >= keyFlag;
    const keyPosition = hasKey ? position : undefined;
    const start = hasKey ? position + keyBytes : position;
    const end = start + (hasKey ? word - keyFlag : word);
    if (end > bytes.length) throw new BatchDamaged('an entry reaches beyond its batch');
    visit({ start, end, keyPosition });
    position = end;
  }
}

function batchChecksum(bytes: Buffer): number {
  return crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8)));
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Safe integers only: the upper half has at most 21 bits. */
export function writeU64(bytes: Buffer, value: number, position: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a number on the wire is a safe integer');
  bytes.writeUInt32LE(value % 0x1_0000_0000, position);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), position + 4);
}

function countIn(bytes: Buffer, position: number, what: string): number {
  const value = readU64(bytes, position);
  if (!Number.isSafeInteger(value)) throw new BatchDamaged(`its ${what} is too large`);
  return value;
}

/** The result may be larger than a safe integer: callers must check it. */
export function readU64(bytes: Buffer, position: number): number {
  return bytes.readUInt32LE(position) + bytes.readUInt32LE(position + 4) * 0x1_0000_0000;
}
