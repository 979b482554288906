/**
 * The checkpoint of a folder. A new one is written to another file, flushed and renamed, and counts once the state file names
 * it; until then the one before it counts.
 */

import { crc32 } from 'node:zlib';
import { KnownAppends } from '../../core/log/known-appends.ts';
import type { IdempotencyLimits } from '../../core/log/idempotency-index.ts';
import type { Checkpoint } from '../../core/model/checkpoint.ts';
import type { BatchNumber } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk, DiskFile } from '../../ports/ports.ts';
import { CheckpointDamaged, decodeHead, readSlices } from '../format/checkpoint-format.ts';
import type { CheckpointHead, ReadNext } from '../format/checkpoint-format.ts';
import { PackedKeys } from '../format/packed-keys.ts';
import type { StoredBase } from '../format/state-format.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';
import type { KeyPart } from './compose.ts';

/** It is being written here. */
const newName = 'checkpoint.new';
/** What another node sends is written here. */
export const receivedName = 'checkpoint.received';
const checkpointPattern = /^\d{20}\.checkpoint$/;
const readBytes = 256 * 1024;

export function checkpointName(base: BatchNumber): string {
  return `${String(base).padStart(20, '0')}.checkpoint`;
}

/** Whether this is a checkpoint, complete or not. */
export function isCheckpointName(name: string): boolean {
  return checkpointPattern.test(name) || name === newName || name === receivedName;
}

/** Writes it, durably, under its name. @throws NoRoom, and then it is not there */
export async function writeCheckpoint(disk: Disk, base: LogPoint, pieces: AsyncIterable<Buffer>): Promise<StoredBase> {
  try {
    let [bytes, checksum] = [0, 0];
    await disk.remove(newName);
    await withFile(disk, newName, async (file) => {
      for await (const piece of pieces) {
        await file.append([piece]);
        bytes += piece.length;
        checksum = crc32(piece, checksum);
      }
      await file.flush();
    });
    await disk.rename(newName, checkpointName(base.number));
    await disk.syncFolder();
    return { number: base.number, offset: base.offset, bytes, checksum };
  } catch (error) {
    if (error instanceof NoRoom) await disk.remove(newName);
    throw error;
  }
}

/** Reads and checks the whole checkpoint at this base. @throws StorageDamaged */
export async function readCheckpoint(disk: Disk, base: StoredBase, limits: IdempotencyLimits): Promise<Checkpoint> {
  const name = checkpointName(base.number);
  if (!(await disk.list()).includes(name)) throw new StorageDamaged(name, 'it is missing, and the log before it is gone');
  return orDamaged(name, () =>
    withFile(disk, name, async (file) => {
      const checkpoint = await decode(file, { limits });
      const { number, offset } = checkpoint.base;
      if (number !== base.number || offset !== base.offset) throw new CheckpointDamaged('it is of another base than the state file says');
      return checkpoint;
    }),
  );
}

/** What was received, if it is a checkpoint at this base. @throws StorageDamaged */
export async function readReceived(
  disk: Disk,
  base: LogPoint,
  limits: IdempotencyLimits,
): Promise<{ readonly checkpoint: Checkpoint; readonly stored: StoredBase }> {
  return orDamaged(receivedName, () =>
    withFile(disk, receivedName, async (file) => {
      const sum = { bytes: 0, checksum: 0 };
      const checkpoint = await decode(file, { limits, sum });
      const { number, offset } = checkpoint.base;
      if (number !== base.number || offset !== base.offset) throw new CheckpointDamaged('it is of another base');
      await file.flush();
      return { checkpoint, stored: { number, offset, ...sum } };
    }),
  );
}

/** Its keys and identities, as a part of the next checkpoint. */
export function keyPartOf(disk: Disk, base: StoredBase): KeyPart {
  const name = checkpointName(base.number);
  return {
    keys: () => slicesIn(disk, name, 0),
    identities: () => slicesIn(disk, name, 1),
  };
}

async function* slicesIn(disk: Disk, name: string, section: 0 | 1): AsyncGenerator<Buffer> {
  const file = await disk.open(name);
  try {
    const read = reader(file);
    await decodeHead(read);
    if (section === 1) await skipSection(read);
    yield* readSlices(read);
  } finally {
    await file.close();
  }
}

/** The checkpoint in these bytes. @throws StorageDamaged if they are none at this base */
export function decodeCheckpoint(bytes: Buffer, base: LogPoint, limits: IdempotencyLimits): Promise<Checkpoint> {
  return orDamaged('checkpoint', async () => {
    const checkpoint = await decode(inMemory(bytes), { limits });
    if (checkpoint.base.number !== base.number || checkpoint.base.offset !== base.offset)
      throw new CheckpointDamaged('it is of another base');
    return checkpoint;
  });
}

/** As `keyPartOf`, of a checkpoint in memory. */
export function keyPartIn(bytes: Buffer): KeyPart {
  const slices = async function* (section: 0 | 1): AsyncGenerator<Buffer> {
    const read = reader(inMemory(bytes));
    await decodeHead(read);
    if (section === 1) await skipSection(read);
    yield* readSlices(read);
  };
  return { keys: () => slices(0), identities: () => slices(1) };
}

function inMemory(bytes: Buffer): Pick<DiskFile, 'read'> {
  return { read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)) };
}

interface Decoding {
  readonly limits: IdempotencyLimits;
  readonly sum?: { bytes: number; checksum: number };
}

/** The keys are taken slice by slice as they are read, so that no step takes long, and so that they are in memory only once. */
async function decode(file: Pick<DiskFile, 'read'>, { limits, sum }: Decoding): Promise<Checkpoint> {
  const read = reader(file, sum);
  const head: CheckpointHead = await decodeHead(read);
  const appends = new KnownAppends(limits);
  appends.keepFor(head.base.retention ?? undefined);
  for await (const slice of readSlices(read)) appends.restore(PackedKeys.over(slice), head.base.offset);
  for await (const slice of readSlices(read)) appends.restoreForwarded(PackedKeys.over(slice));
  if ((await read(1)).length > 0) throw new CheckpointDamaged('it goes on after its end');
  return { ...head, appends };
}

async function skipSection(read: ReadNext): Promise<void> {
  for await (const slice of readSlices(read)) void slice;
}

/** Reads a file from its start on. @param sum - counts and sums up what was read */
function reader(file: Pick<DiskFile, 'read'>, sum?: { bytes: number; checksum: number }): ReadNext {
  let position = 0;
  return async (length) => {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = await file.read(position, Math.min(left, readBytes));
      if (piece.length === 0) break;
      pieces.push(piece);
      position += piece.length;
      left -= piece.length;
      if (sum !== undefined) {
        sum.bytes += piece.length;
        sum.checksum = crc32(piece, sum.checksum);
      }
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  };
}

async function orDamaged<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CheckpointDamaged || error instanceof SyntaxError || error instanceof TypeError) {
      throw new StorageDamaged(name, `damaged: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
