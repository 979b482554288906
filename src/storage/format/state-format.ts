/**
 * The content of the state file: the cluster, the storage, what was promised, and how far this storage is known to have flushed
 * its log. It is JSON with a checksum over its fields.
 *
 * Format 1 says nothing about the log. It can be read but is never written. A version that knows only format 1 refuses format 2.
 */

import { crc32 } from 'node:zlib';
import type { NodeState } from '../../core/model/events.ts';
import { batchNumber, clusterId, epoch, incarnation, nodeId, offset, storageId } from '../../core/model/numbers.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import type { Held } from '../../core/model/place.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { isCount, isMaybe, isNumber, isObjectWith, isOneOf, isText } from '../../protocol/shape.ts';
import { StorageDamaged } from './storage-damaged.ts';

export const stateFileName = 'state.json';

const stateFormat = 2;

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
const isOfFormat2 = isObjectWith({ format: isOneOf(stateFormat), ...stateOfFormat1, held: isMaybe(isHeld), forgot: isMaybe(isHeld) });

export interface StoredState {
  readonly node: NodeId;
  readonly state: NodeState;
  /** The note: a batch that is flushed, as are all before it; `null` if nothing is known. Once written, the disk must hold it. */
  readonly held: Held | null;
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
}

interface HeldFields {
  readonly epoch: number;
  readonly number: number;
  readonly end: number;
}

export function serializeState({ node, state, held }: StoredState): Buffer {
  const { forgot, ...rest } = state;
  const body = { format: stateFormat, node, ...rest, held, forgot };
  return Buffer.from(`${JSON.stringify({ ...body, checksum: stateChecksum(body) }, null, 2)}\n`, 'utf8');
}

/** @throws StorageDamaged, UnknownFormat */
export function parseState(bytes: Buffer): StoredState {
  const { node, held, forgot, promisedTo: to, ...state } = parseFields(bytes);
  return {
    node: nodeId(node),
    held: heldOf(held),
    state: {
      clusterId: state.clusterId === null ? null : clusterId(state.clusterId),
      storageId: storageId(state.storageId),
      promisedEpoch: epoch(state.promisedEpoch),
      promisedTo: to === null ? null : { id: nodeId(to.id), incarnation: incarnation(to.incarnation) },
      forgot: heldOf(forgot),
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
  if (typeof format === 'number' && format !== 1 && format !== stateFormat) {
    throw new UnknownFormat(`${stateFileName} has format ${format}; this program knows 1 and ${stateFormat}`);
  }
  if (!isOfFormat1(value) && !isOfFormat2(value)) throw new StorageDamaged(stateFileName, 'a field is missing or of the wrong type');
  const { checksum, ...body } = value.format === 1 ? { ...value, held: null, forgot: null } : value;
  if (stateChecksum(body) !== checksum) throw new StorageDamaged(stateFileName, 'the checksum does not match');
  return body;
}

function heldOf(fields: HeldFields | null): Held | null {
  return fields === null ? null : { epoch: epoch(fields.epoch), number: batchNumber(fields.number), end: offset(fields.end) };
}

/** The checksum over the fields in a fixed order, so that the file may have them in any order. */
function stateChecksum(body: Fields): string {
  const { format, node, promisedTo: to, held, forgot } = body;
  const fields = [format, node, body.clusterId, body.storageId, body.promisedEpoch, to?.id ?? null, to?.incarnation ?? null];
  const ofLog = [held, forgot].flatMap((place) => [place?.epoch ?? null, place?.number ?? null, place?.end ?? null]);
  return crc32(JSON.stringify(format === 1 ? fields : [...fields, ...ofLog]))
    .toString(16)
    .padStart(8, '0');
}
