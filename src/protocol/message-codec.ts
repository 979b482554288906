/**
 * Peer messages as frames. Frequent messages (batches, acknowledgements, heartbeats) are binary; those that are sent a few
 * times in the life of a stream are JSON. What only a newer version knows is skipped (`versions.ts`).
 */

import type { Heartbeat, PeerMessage, RefusalReason } from '../core/model/messages.ts';
import { batchNumber, epoch, offset, timestampMs } from '../core/model/numbers.ts';
import type { Epoch } from '../core/model/numbers.ts';
import { isLogShape } from '../core/model/epoch-history.ts';
import type { LogShape } from '../core/model/epoch-history.ts';
import { isDrawnId, isMemberName, isNodeName } from '../core/model/names.ts';
import { asBuffer, batchBytesMax, writeU64 } from './batch-codec.ts';
import { decodeForeignBatch } from './foreign-batch.ts';
import { FrameError, FrameReader, frameHeader, readCount } from './frames.ts';
import type { Frame } from './frames.ts';
import { isCount, isFlag, isListOf, isMaybe, isNodeUrl, isObjectWith, isOneOf, isOptional, isTextLike } from './shape.ts';
import type { Check } from './shape.ts';

/** The numbers on the wire. They are never reused for another kind. */
const kinds = {
  hello: 1,
  requestPromise: 2,
  promise: 3,
  refuse: 4,
  fetch: 5,
  fetchMatch: 6,
  fetchNext: 7,
  fetched: 8,
  fetchChunkEnd: 9,
  lead: 10,
  following: 11,
  match: 12,
  replicate: 13,
  acknowledge: 14,
  heartbeat: 15,
  heartbeatAnswer: 16,
  readRequest: 17,
  readAnswer: 18,
  poll: 19,
  pollAnswer: 20,
  yourTurn: 21,
  resign: 22,
  askHandOver: 23,
  takeOver: 24,
  keepLead: 25,
  declineLead: 26,
  askCheckpoint: 27,
  checkpointPart: 28,
} as const satisfies Record<PeerMessage['kind'], number>;

/** How many bytes a payload may have, by kind. */
const helloBytesMax = 16 * 1024;
const messageBytesMax = 1024 * 1024;
export type BatchKind = 'replicate' | 'fetched';

type JsonMessage = Exclude<
  PeerMessage,
  { kind: 'replicate' | 'fetched' | 'acknowledge' | 'heartbeat' | 'heartbeatAnswer' | 'checkpointPart' }
>;

const kindOf = new Map<number, PeerMessage['kind']>(Object.entries(kinds).map(([kind, number]) => [number, kind as PeerMessage['kind']]));

/** @returns pieces to send one after the other; the bytes of a batch are not copied */
export function encodeMessage(message: PeerMessage): readonly Uint8Array[] {
  const payload = encodePayload(message);
  return [frameHeader({ kind: kinds[message.kind], epoch: message.epoch, payloadBytes: payload.length }), payload];
}

function encodePayload(message: PeerMessage): Uint8Array {
  switch (message.kind) {
    case 'replicate':
    case 'fetched':
      return message.batch.bytes;
    case 'checkpointPart':
      return Buffer.concat([u64s(message.base, message.position, message.total), message.bytes]);
    case 'acknowledge':
      // A tip before the first batch has number -1, so one past it is sent.
      return u64s(message.tip.epoch, message.tip.number + 1, message.durableEnd);
    case 'heartbeat':
      return u64s(message.sequence, message.committedEnd, ...optionalsOf(message));
    case 'heartbeatAnswer':
      return u64s(message.sequence, message.canStore ? 1 : 0, ...(message.wallClock === undefined ? [] : [message.wallClock]));
    default:
      return Buffer.from(jsonBody(message), 'utf8');
  }
}

function jsonBody(message: JsonMessage): string {
  // Epoch and kind are in the frame's header.
  return JSON.stringify({ ...message, epoch: undefined, kind: undefined });
}

/** The committed number is sent only after the flag, which every version has that knows the number. */
function optionalsOf({ remembersForwards, committedNumber }: Heartbeat): readonly number[] {
  if (remembersForwards === undefined) return [];
  return [remembersForwards ? 1 : 0, ...(committedNumber === undefined ? [] : [committedNumber])];
}

function u64s(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  for (const [index, value] of values.entries()) writeU64(bytes, value, index * 8);
  return bytes;
}

/** Reads messages from the pieces that arrive. */
export class MessageReader {
  readonly #frames: FrameReader;

  /** @param mayBring - whether batches are expected from this peer; if not, they are not even buffered */
  constructor(mayBring: (kind: BatchKind) => boolean) {
    this.#frames = new FrameReader((number) => {
      const kind = kindOf.get(number);
      if (kind === 'hello') return helloBytesMax;
      if (kind !== 'replicate' && kind !== 'fetched') return messageBytesMax;
      if (!mayBring(kind)) throw new FrameError(`no batches were requested from this peer (${kind})`);
      return batchBytesMax;
    });
  }

  /** @throws FrameError, BatchDamaged or UnknownFormat if the peer sent something that is not a message */
  push(chunk: Buffer): PeerMessage[] {
    return this.#frames.push(chunk).flatMap((frame) => decodeFrame(frame) ?? []);
  }
}

/** @returns `undefined` for what only a newer version knows */
function decodeFrame(frame: Frame): PeerMessage | undefined {
  const kind = kindOf.get(frame.kind);
  const sender = epoch(frame.epoch);
  const { payload } = frame;
  switch (kind) {
    case undefined:
      return undefined;
    case 'replicate':
    case 'fetched':
      return { kind, epoch: sender, batch: decodeForeignBatch(payload) };
    case 'checkpointPart':
      needBytes(payload, 24);
      return {
        kind,
        epoch: sender,
        base: batchNumber(readCount(payload, 0)),
        position: readCount(payload, 8),
        total: readCount(payload, 16),
        bytes: payload.subarray(24),
      };
    case 'acknowledge': {
      needBytes(payload, 24);
      const tip = { epoch: epoch(readCount(payload, 0)), number: batchNumber(readCount(payload, 8) - 1) };
      return { kind, epoch: sender, tip, durableEnd: offset(readCount(payload, 16)) };
    }
    case 'heartbeat':
      // The third number is left out if either node does not know identities of forwarded appends, the fourth one if it does not
      // know controls.
      needBytes(payload, 16);
      return {
        kind,
        epoch: sender,
        sequence: readCount(payload, 0),
        committedEnd: offset(readCount(payload, 8)),
        ...(payload.length >= 24 && { remembersForwards: readCount(payload, 16) === 1 }),
        ...(payload.length >= 32 && { committedNumber: batchNumber(readCount(payload, 24)) }),
      };
    case 'heartbeatAnswer':
      // Nodes of the first version did not send their wall clock.
      needBytes(payload, payload.length === 16 ? 16 : 24);
      return {
        kind,
        epoch: sender,
        sequence: readCount(payload, 0),
        canStore: readCount(payload, 8) === 1,
        wallClock: payload.length === 16 ? undefined : timestampMs(readCount(payload, 16)),
      };
    default:
      return decodeJson(kind, sender, asBuffer(payload));
  }
}

function needBytes(payload: Buffer, count: number): void {
  if (payload.length < count) throw new FrameError(`${payload.length} bytes instead of ${count}`);
}

function decodeJson(kind: JsonMessage['kind'], sender: Epoch, payload: Buffer): PeerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw new FrameError(`a ${kind} frame is not JSON`, { cause });
  }
  if (!bodies[kind](value)) throw new FrameError(`a ${kind} frame has missing or invalid fields`);
  if (kind === 'refuse' && !isKnownReason((value as { readonly reason: string }).reason)) return undefined;
  // Its fields were checked. Brands do not exist at run time.
  return { ...value, kind, epoch: sender } as PeerMessage;
}

const isName = isTextLike(isNodeName);
/** A name in a member list, which may also be the address of a node that was never reached. */
const isListedName = isTextLike(isMemberName);
const isId = isTextLike(isDrawnId);
const isMaybeId = isMaybe(isId);
const isPoint = isObjectWith({ number: isCount, offset: isCount });
const isHeld = isObjectWith({ epoch: isCount, number: isCount, end: isCount });
const isTip: Check<{ epoch: number; number: number }> = (value): value is { epoch: number; number: number } =>
  isObjectWith({ epoch: isCount })(value) && 'number' in value && (value.number === -1 || isCount(value.number));
const isShapeLike = isObjectWith({ starts: isListOf(isObjectWith({ epoch: isCount, number: isCount, offset: isCount })), end: isPoint });
const isShape: typeof isShapeLike = (value): value is never => isShapeLike(value) && isLogShape(value as unknown as LogShape);
const isHint = isObjectWith({ id: isName, url: isNodeUrl, epoch: isCount });

const isRestart = isObjectWith({ base: isPoint });
const isWord = isTextLike((text) => /^[a-z0-9-]{1,40}$/.test(text));
const isKnownReason = isOneOf<RefusalReason>('epoch', 'other-cluster', 'id-taken', 'removed', 'too-old', 'diverged');
const isWhy = isTextLike((text) => text.length <= 500);

/** What each JSON frame must hold. */
const bodies = {
  hello: isObjectWith({
    id: isName,
    storageId: isId,
    incarnation: isId,
    url: isNodeUrl,
    clusterId: isMaybeId,
    hasMessages: isFlag,
    memberIds: isListOf(isListedName),
    delayMs: isCount,
    wallClock: isOptional(isCount),
    priority: isOptional(isCount),
    features: isOptional(isListOf(isWord)),
  }),
  poll: isObjectWith({ round: isCount, tip: isTip, priority: isCount }),
  pollAnswer: isObjectWith({
    round: isCount,
    // A refusal counts even if its reason is unknown.
    refusal: isMaybe(isWord),
    tip: isTip,
    canLead: isFlag,
    priority: isCount,
    leader: isMaybe(isHint),
  }),
  yourTurn: isObjectWith({ round: isCount }),
  resign: isObjectWith({}),
  askHandOver: isObjectWith({}),
  takeOver: isObjectWith({}),
  keepLead: isObjectWith({ why: isWhy }),
  declineLead: isObjectWith({ why: isWhy }),
  requestPromise: isObjectWith({}),
  promise: isObjectWith({ tip: isTip, clusterId: isMaybeId }),
  refuse: isObjectWith({
    reason: isWord,
    leader: isMaybe(isHint),
    clusterId: isMaybeId,
  }),
  fetch: isObjectWith({ shape: isShape }),
  fetchMatch: isObjectWith({ point: isPoint, end: isPoint, restart: isOptional(isRestart) }),
  fetchNext: isObjectWith({ number: isCount }),
  fetchChunkEnd: isObjectWith({ end: isCount }),
  lead: isObjectWith({ clusterId: isId, memberIds: isListOf(isListedName), remembersForwards: isOptional(isFlag) }),
  following: isObjectWith({ shape: isShape }),
  match: isObjectWith({ point: isPoint, acknowledged: isOptional(isHeld), restart: isOptional(isRestart) }),
  askCheckpoint: isObjectWith({ base: isCount, position: isCount }),
  readRequest: isObjectWith({ readId: isCount }),
  readAnswer: isObjectWith({ readId: isCount, end: isCount, firstOffset: isOptional(isCount) }),
} as const satisfies Record<JsonMessage['kind'], Check<object>>;
