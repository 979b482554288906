/**
 * A checkpoint as bytes: what a node must know of the log before its base. It depends only on the log and on what was decided,
 * so it is the same on every node with this base. Little-endian:
 *
 *      0  magic "RLC" and format version 1
 *      4  CRC-32 of the rest of the head            u32
 *      8  bytes of the JSON                         u32
 *     12  JSON: the base, the epochs that begin before it, the member list in force there
 *
 * The head ends here. After it come the keys, then the identities of forwarded appends, each as slices of at most 4096, and each
 * ended by a slice of none:
 *
 *      u32  keys in the slice
 *      u32  CRC-32 of them
 *      the keys, 56 bytes each (packed-keys.ts)
 */

import { crc32 } from 'node:zlib';
import type { Checkpoint } from '../../core/model/checkpoint.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import type { PlacedList } from '../../core/model/log-part.ts';
import { batchNumber, epoch, offset } from '../../core/model/numbers.ts';
import { parseBase } from '../../protocol/control-codec.ts';
import { parseMemberList } from '../../protocol/member-list-codec.ts';
import { isCount, isListOf, isObjectWith } from '../../protocol/shape.ts';
import { packedKeyBytes } from './packed-keys.ts';

const magicAndVersion = Buffer.from('RLC\u0001', 'latin1');
const fixedBytes = 12;
const sliceHeadBytes = 8;
const sliceKeysMax = 4096;

/** Everything in a checkpoint except its keys and identities. */
export type CheckpointHead = Pick<Checkpoint, 'base' | 'epochs' | 'lists'>;

/** It is not a checkpoint, or a damaged one. The message says what is wrong with it. */
export class CheckpointDamaged extends Error {
  override readonly name = 'CheckpointDamaged';
}

const isEpoch = isObjectWith({ epoch: isCount, number: isCount, offset: isCount });
const isList = isObjectWith({ number: isCount });
const isHead = isObjectWith({ epochs: isListOf(isEpoch), lists: isListOf(isList) });

export function encodeHead(head: CheckpointHead): Buffer {
  // Parsed once more for the order of the fields, which a list or a base from elsewhere may have otherwise.
  const base = parseBase(head.base);
  const epochs = head.epochs.map((start) => ({ epoch: start.epoch, number: start.number, offset: start.offset }));
  const lists = head.lists.map(({ number, list }) => ({ number, list: parseMemberList(list) }));
  const json = Buffer.from(JSON.stringify({ base, epochs, lists }), 'utf8');
  return withHead(json);
}

function withHead(json: Buffer): Buffer {
  const head = Buffer.alloc(fixedBytes);
  magicAndVersion.copy(head);
  head.writeUInt32LE(json.length, 8);
  head.writeUInt32LE(crc32(json, crc32(head.subarray(8, fixedBytes))), 4);
  return Buffer.concat([head, json]);
}

/** One slice. @param keys - complete keys, at most 4096 of them; none ends the section */
function encodeSlice(keys: Buffer): Buffer {
  const head = Buffer.alloc(sliceHeadBytes);
  head.writeUInt32LE(keys.length / packedKeyBytes, 0);
  head.writeUInt32LE(crc32(keys), 4);
  return Buffer.concat([head, keys]);
}

/** Cuts keys into slices, whatever pieces they come in. */
export async function* slicesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const slice = Buffer.allocUnsafeSlow(sliceKeysMax * packedKeyBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.copy(slice, filled, at);
      at += taken;
      filled += taken;
      if (filled < slice.length) continue;
      yield encodeSlice(slice);
      filled = 0;
    }
  }
  if (filled > 0) yield encodeSlice(slice.subarray(0, filled));
  yield encodeSlice(Buffer.alloc(0));
}

/** Reads exactly so many bytes from here on, or fewer at the end of the checkpoint. */
export type ReadNext = (length: number) => Promise<Buffer>;

/** @throws CheckpointDamaged */
export async function decodeHead(read: ReadNext): Promise<CheckpointHead> {
  const head = await read(fixedBytes);
  if (head.length < fixedBytes || head.compare(magicAndVersion, 0, 4, 0, 4) !== 0) throw new CheckpointDamaged('it is no checkpoint');
  const length = head.readUInt32LE(8);
  const json = await read(length);
  if (json.length < length || crc32(json, crc32(head.subarray(8, fixedBytes))) !== head.readUInt32LE(4)) {
    throw new CheckpointDamaged('the checksum of its head does not match');
  }
  const value: unknown = JSON.parse(json.toString('utf8'));
  if (!isHead(value)) throw new CheckpointDamaged('its head has missing or invalid fields');
  const epochs = value.epochs.map(
    (start): EpochStart => ({
      epoch: epoch(start.epoch),
      number: batchNumber(start.number),
      offset: offset(start.offset),
    }),
  );
  const lists = value.lists.map(
    (placed): PlacedList => ({
      number: batchNumber(placed.number),
      list: parseMemberList((placed as { readonly list?: unknown }).list),
    }),
  );
  return { base: parseBase((value as { readonly base?: unknown }).base), epochs, lists };
}

/** The slices of a section, each without its head. @throws CheckpointDamaged */
export async function* readSlices(read: ReadNext): AsyncGenerator<Buffer> {
  for (;;) {
    const head = await read(sliceHeadBytes);
    if (head.length < sliceHeadBytes) throw new CheckpointDamaged('it ends before its last slice');
    const count = head.readUInt32LE(0);
    if (count > sliceKeysMax) throw new CheckpointDamaged(`a slice of ${count} keys is impossible`);
    const keys = await read(count * packedKeyBytes);
    if (keys.length < count * packedKeyBytes || crc32(keys) !== head.readUInt32LE(4)) {
      throw new CheckpointDamaged('the checksum of a slice does not match');
    }
    if (count === 0) return;
    yield keys;
  }
}
