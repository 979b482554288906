/**
 * The state file: cluster, storage, and what was promised. JSON with a checksum, replaced as a whole: written beside,
 * flushed, renamed over, and the folder flushed. So a crash leaves the old one or the new one.
 *
 * A promise must be possible on a full disk too: a small file is kept full of nothing, and given up bit by bit for the
 * next state files when there is no other room. Bit by bit, since whatever is given up may go to somebody else.
 */

import { crc32 } from 'node:zlib';
import type { NodeRecord } from '../core/events.ts';
import { clusterId, epoch, incarnation, nodeId, storageId } from '../core/numbers.ts';
import type { NodeId } from '../core/numbers.ts';
import { NoRoom } from '../ports.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { UnknownFormat } from '../protocol/batch-codec.ts';
import { isCount, isMaybe, isObjectWith, isOneOf, isText } from '../protocol/shape.ts';
import { StorageDamaged } from './storage-damaged.ts';

export const recordFileName = 'state.json';
const temporaryName = 'state.json.new';
export const reserveName = 'reserve';
const reserveBytes = 16 * 1024;
/** A block of a usual file system; a state file is smaller. */
const reserveStepBytes = 4096;
const recordFormat = 1;

const isStored = isObjectWith({
  format: isOneOf(recordFormat),
  node: isText,
  clusterId: isMaybe(isText),
  storageId: isText,
  promisedEpoch: isCount,
  promisedTo: isMaybe(isObjectWith({ id: isText, incarnation: isText })),
  checksum: isText,
});

export interface StoredRecord {
  readonly node: NodeId;
  readonly record: NodeRecord;
}

/**
 * @returns `undefined` if there is none
 * @throws StorageDamaged, UnknownFormat
 */
export async function readRecordFile(disk: Disk): Promise<StoredRecord | undefined> {
  const bytes = await disk.readFile(recordFileName);
  return bytes === undefined ? undefined : parseRecord(bytes);
}

export async function writeRecordFile(disk: Disk, stored: StoredRecord): Promise<void> {
  for (;;) {
    try {
      return await replace(disk, stored);
    } catch (error) {
      if (!(error instanceof NoRoom) || !(await giveUpReserve(disk))) throw error;
    }
  }
}

/** @returns whether there was something left to give up */
async function giveUpReserve(disk: Disk): Promise<boolean> {
  const file = await disk.open(reserveName);
  try {
    if (file.size === 0) return false;
    await file.truncate(Math.max(0, file.size - reserveStepBytes));
    return true;
  } finally {
    await file.close();
  }
}

/** Makes sure of the room for one more state file. @returns whether there is */
export async function keepReserve(disk: Disk): Promise<boolean> {
  let file: DiskFile | undefined;
  try {
    file = await disk.open(reserveName);
    if (file.size < reserveBytes) await file.append([Buffer.alloc(reserveBytes - file.size)]);
    return true;
  } catch (error) {
    if (error instanceof NoRoom) return false;
    throw error;
  } finally {
    await file?.close();
  }
}

async function replace(disk: Disk, stored: StoredRecord): Promise<void> {
  await disk.remove(temporaryName);
  const file = await disk.open(temporaryName);
  try {
    await file.append([serializeRecord(stored)]);
    await file.flush();
  } finally {
    await file.close();
  }
  await disk.rename(temporaryName, recordFileName);
  await disk.syncFolder();
}

function serializeRecord({ node, record }: StoredRecord): Buffer {
  const body = { format: recordFormat, node, ...record };
  return Buffer.from(`${JSON.stringify({ ...body, checksum: checksumOf(body) }, null, 2)}\n`, 'utf8');
}

function parseRecord(bytes: Buffer): StoredRecord {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new StorageDamaged(recordFileName, 'it is not JSON', { cause });
  }
  const format = (value as { readonly format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== recordFormat) {
    throw new UnknownFormat(`${recordFileName} has format ${format}; this program knows ${recordFormat}`);
  }
  if (!isStored(value)) throw new StorageDamaged(recordFileName, 'a field is missing or of the wrong type');
  const { checksum, ...body } = value;
  if (checksumOf(body) !== checksum) throw new StorageDamaged(recordFileName, 'the checksum does not fit');
  const to = body.promisedTo;
  return {
    node: nodeId(body.node),
    record: {
      clusterId: body.clusterId === null ? null : clusterId(body.clusterId),
      storageId: storageId(body.storageId),
      promisedEpoch: epoch(body.promisedEpoch),
      promisedTo: to === null ? null : { id: nodeId(to.id), incarnation: incarnation(to.incarnation) },
    },
  };
}

/** Of the fields in a fixed order, so that the file may be laid out in any. */
function checksumOf(body: {
  readonly format: number;
  readonly node: string;
  readonly clusterId: string | null;
  readonly storageId: string;
  readonly promisedEpoch: number;
  readonly promisedTo: { readonly id: string; readonly incarnation: string } | null;
}): string {
  const to = body.promisedTo;
  const fields = [body.format, body.node, body.clusterId, body.storageId, body.promisedEpoch, to?.id ?? null, to?.incarnation ?? null];
  return crc32(JSON.stringify(fields)).toString(16).padStart(8, '0');
}
