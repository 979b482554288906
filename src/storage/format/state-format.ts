/**
 * The content of the state file: the cluster, the storage, what was promised, how far this storage is known to have flushed its
 * log, and where the log begins. It is JSON with a checksum over its fields.
 *
 * Format 1 says nothing about the log. It can be read but is never written. Format 3 is that of a log which begins with a
 * checkpoint, format 2 of any other. Format 4 is that of a folder into which a backup was restored, until a node has begun a new
 * cluster with it; it has no name of a node before the first start. A version that does not know a format refuses it.
 */

import { crc32 } from 'node:zlib';
import type { NodeState } from '../../core/model/events.ts';
import { batchNumber, clusterId, epoch, incarnation, nodeId, offset, storageId } from '../../core/model/numbers.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import type { Held, LogPoint } from '../../core/model/place.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { isCount, isMaybe, isNumber, isObjectWith, isOneOf, isOptional, isText } from '../../protocol/shape.ts';
import { StorageDamaged } from './storage-damaged.ts';

export const stateFileName = 'state.json';

const stateFormat = 2;
const stateFormatWithBase = 3;
const stateFormatRestored = 4;

const knownFormats: readonly number[] = [1, stateFormat, stateFormatWithBase, stateFormatRestored];

const stateOfFormat1 = {
  node: isText,
  clusterId: isMaybe(isText),
  storageId: isText,
  promisedEpoch: isNumber,
  promisedTo: isMaybe(isObjectWith({ id: isText, incarnation: isText })),
  checksum: isText,
} as const;

const isHeld = isObjectWith({ epoch: isCount, number: isCount, end: isCount });

const isOfFormat1 = isObjectWith({ format: isOneOf(1), ...stateOfFormat1 });
const ofFormat2 = { ...stateOfFormat1, held: isMaybe(isHeld), forgot: isMaybe(isHeld) } as const;
const isOfFormat2 = isObjectWith({ format: isOneOf(stateFormat), ...ofFormat2 });
const isBase = isObjectWith({ number: isCount, offset: isCount, bytes: isCount, checksum: isCount });
const isOfFormat4 = isObjectWith({
  format: isOneOf(stateFormatRestored),
  ...ofFormat2,
  restoredTo: isCount,
  base: isOptional(isBase),
});
const isOfFormat3 = isObjectWith({ format: isOneOf(stateFormatWithBase), ...ofFormat2, base: isBase });

/** Where the log of a storage begins, and its checkpoint there. */
export interface StoredBase extends LogPoint {
  /** The size of the checkpoint, and its CRC-32. */
  readonly bytes: number;
  readonly checksum: number;
}

/** Of a restored folder in which no node was started yet. */
export const nobody = nodeId('');

export interface StoredState {
  readonly node: NodeId;
  readonly state: NodeState;
  /** The note: a batch that is flushed, as are all before it; `null` if nothing is known. Once written, the disk must hold it. */
  readonly held: Held | null;
  /** `undefined` if the log begins at its first batch. */
  readonly base?: StoredBase | undefined;
}

/** The fields as they are in the JSON. */
interface Fields {
  readonly format: number;
  readonly node: string;
  readonly clusterId: string | null;
  readonly storageId: string;
  readonly promisedEpoch: number;
  readonly promisedTo: { readonly id: string; readonly incarnation: string } | null;
  readonly held: HeldFields | null;
  readonly forgot: HeldFields | null;
  readonly restoredTo?: number;
  readonly base?: BaseFields | undefined;
}

interface BaseFields {
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
  readonly checksum: number;
}

interface HeldFields {
  readonly epoch: number;
  readonly number: number;
  readonly end: number;
}

export function serializeState({ node, state, held, base }: StoredState): Buffer {
  const { forgot, ...rest } = state;
  const ofLog = base === undefined ? stateFormat : stateFormatWithBase;
  const format = state.restoredTo === undefined ? ofLog : stateFormatRestored;
  const body: Fields = { format, node, ...rest, held, forgot, ...(base !== undefined && { base }) };
  return Buffer.from(`${JSON.stringify({ ...body, checksum: stateChecksum(body) }, null, 2)}\n`, 'utf8');
}

/** @throws StorageDamaged, UnknownFormat */
export function parseState(bytes: Buffer): StoredState {
  const { node, held, forgot, promisedTo: to, base, ...state } = parseFields(bytes);
  return {
    ...(base !== undefined && { base: { ...base, number: batchNumber(base.number), offset: offset(base.offset) } }),
    node: nodeId(node),
    held: heldOf(held),
    state: {
      clusterId: state.clusterId === null ? null : clusterId(state.clusterId),
      storageId: storageId(state.storageId),
      promisedEpoch: epoch(state.promisedEpoch),
      promisedTo: to === null ? null : { id: nodeId(to.id), incarnation: incarnation(to.incarnation) },
      forgot: heldOf(forgot),
      ...(state.restoredTo !== undefined && { restoredTo: batchNumber(state.restoredTo) }),
    },
  };
}

function parseFields(bytes: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8').replace(/[\s\0]+$/, ''));
  } catch (cause) {
    throw new StorageDamaged(stateFileName, 'it is not JSON', { cause });
  }
  const format = (value as { readonly format?: unknown } | null)?.format;
  if (typeof format === 'number' && !knownFormats.includes(format)) {
    throw new UnknownFormat(`${stateFileName} has format ${format}; this program knows 1 to ${stateFormatRestored}`);
  }
  if (!isOfFormat1(value) && !isOfFormat2(value) && !isOfFormat3(value) && !isOfFormat4(value))
    throw new StorageDamaged(stateFileName, 'a field is missing or of the wrong type');
  const { checksum, ...body } = value.format === 1 ? { ...value, held: null, forgot: null } : value;
  if (stateChecksum(body) !== checksum) throw new StorageDamaged(stateFileName, 'the checksum does not match');
  return body;
}

function heldOf(fields: HeldFields | null): Held | null {
  return fields === null ? null : { epoch: epoch(fields.epoch), number: batchNumber(fields.number), end: offset(fields.end) };
}

/** The checksum over the fields in a fixed order, so that the file may have them in any order. */
function stateChecksum(body: Fields): string {
  const { format, node, promisedTo: to, held, forgot, base, restoredTo } = body;
  const fields = [format, node, body.clusterId, body.storageId, body.promisedEpoch, to?.id ?? null, to?.incarnation ?? null];
  const ofLog = [held, forgot].flatMap((place) => [place?.epoch ?? null, place?.number ?? null, place?.end ?? null]);
  const ofBase = base === undefined ? [] : [base.number, base.offset, base.bytes, base.checksum];
  return crc32(JSON.stringify(format === 1 ? fields : [...fields, ...ofLog, ...ofBase, ...(restoredTo === undefined ? [] : [restoredTo])]))
    .toString(16)
    .padStart(8, '0');
}
