/**
 * Peer messages as frames. What flows all the time (batches, acknowledgements, heartbeats) is binary; what is said a
 * few times in a stream's life is JSON.
 */

import type { PeerMessage } from '../core/messages.ts';
import { batchNumber, epoch, offset } from '../core/numbers.ts';
import type { Epoch } from '../core/numbers.ts';
import { asBuffer, batchBytesMax, decodeBatch, readU64, writeU64 } from './batch-codec.ts';
import { FrameError, FrameReader, frameHeader } from './frames.ts';
import type { Frame } from './frames.ts';
import { isCount, isFlag, isListOf, isMaybe, isObjectWith, isOneOf, isText } from './shape.ts';
import type { Check } from './shape.ts';

/** Sent as `Upgrade: rlog/1`. */
export const protocolVersion = 1;
export const protocolName = `rlog/${protocolVersion}`;

/** Numbers on the wire: never reused for another meaning. */
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
} as const satisfies Record<PeerMessage['kind'], number>;

type JsonMessage = Exclude<PeerMessage, { kind: 'replicate' | 'fetched' | 'acknowledge' | 'heartbeat' | 'heartbeatAnswer' }>;

const kindOf = new Map<number, PeerMessage['kind']>(Object.entries(kinds).map(([kind, number]) => [number, kind as PeerMessage['kind']]));

/** @returns pieces to be sent one after the other; the bytes of a batch are not copied */
export function encodeMessage(message: PeerMessage): readonly Uint8Array[] {
  const payload = encodePayload(message);
  return [frameHeader({ kind: kinds[message.kind], epoch: message.epoch, payloadBytes: payload.length }), payload];
}

function encodePayload(message: PeerMessage): Uint8Array {
  switch (message.kind) {
    case 'replicate':
    case 'fetched':
      return message.batch.bytes;
    case 'acknowledge':
      // A tip before the first batch is number -1: what travels is one past it.
      return u64s(message.tip.epoch, message.tip.number + 1, message.durableEnd);
    case 'heartbeat':
      return u64s(message.sequence, message.committedEnd);
    case 'heartbeatAnswer':
      return u64s(message.sequence, message.canStore ? 1 : 0);
    default:
      return Buffer.from(jsonBody(message), 'utf8');
  }
}

function jsonBody(message: JsonMessage): string {
  // Epoch and kind travel in the frame's header.
  return JSON.stringify({ ...message, epoch: undefined, kind: undefined });
}

function u64s(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 8);
  for (const [index, value] of values.entries()) writeU64(bytes, value, index * 8);
  return bytes;
}

/** Messages out of whatever pieces arrive. */
export class MessageReader {
  readonly #frames: FrameReader;

  constructor(payloadBytesMax = batchBytesMax) {
    this.#frames = new FrameReader(payloadBytesMax);
  }

  /** @throws FrameError, BatchDamaged or UnknownFormat if the peer sent anything else than messages */
  push(chunk: Buffer): PeerMessage[] {
    return this.#frames.push(chunk).map(decodeFrame);
  }
}

function decodeFrame(frame: Frame): PeerMessage {
  const kind = kindOf.get(frame.kind);
  const sender = epoch(frame.epoch);
  const { payload } = frame;
  switch (kind) {
    case undefined:
      throw new FrameError(`frame kind ${frame.kind} is not known`);
    case 'replicate':
    case 'fetched':
      return { kind, epoch: sender, batch: decodeBatch(payload) };
    case 'acknowledge': {
      needBytes(payload, 24);
      const tip = { epoch: epoch(readU64(payload, 0)), number: batchNumber(readU64(payload, 8) - 1) };
      return { kind, epoch: sender, tip, durableEnd: offset(readU64(payload, 16)) };
    }
    case 'heartbeat':
      needBytes(payload, 16);
      return { kind, epoch: sender, sequence: readU64(payload, 0), committedEnd: offset(readU64(payload, 8)) };
    case 'heartbeatAnswer':
      needBytes(payload, 16);
      return { kind, epoch: sender, sequence: readU64(payload, 0), canStore: readU64(payload, 8) === 1 };
    default:
      return decodeJson(kind, sender, asBuffer(payload));
  }
}

function needBytes(payload: Buffer, count: number): void {
  if (payload.length !== count) throw new FrameError(`${payload.length} bytes where ${count} belong`);
}

function decodeJson(kind: JsonMessage['kind'], sender: Epoch, payload: Buffer): PeerMessage {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch (cause) {
    throw new FrameError(`a ${kind} frame is not JSON`, { cause });
  }
  if (!bodies[kind](value)) throw new FrameError(`a ${kind} frame lacks what it must say`);
  // Its fields were checked; brands are not there at run time.
  return { ...value, kind, epoch: sender } as PeerMessage;
}

const isPoint = isObjectWith({ number: isCount, offset: isCount });
const isTip: Check<{ epoch: number; number: number }> = (value): value is { epoch: number; number: number } =>
  isObjectWith({ epoch: isCount })(value) && 'number' in value && (value.number === -1 || isCount(value.number));
const isShape = isObjectWith({ starts: isListOf(isObjectWith({ epoch: isCount, number: isCount, offset: isCount })), end: isPoint });
const isMaybeText = isMaybe(isText);
const isHint = isObjectWith({ id: isText, url: isText, epoch: isCount });

/** What each JSON frame must hold. */
const bodies = {
  hello: isObjectWith({
    id: isText,
    storageId: isText,
    incarnation: isText,
    url: isText,
    clusterId: isMaybeText,
    hasMessages: isFlag,
    memberIds: isListOf(isText),
    delayMs: isCount,
  }),
  requestPromise: isObjectWith({}),
  promise: isObjectWith({ tip: isTip, clusterId: isMaybeText }),
  refuse: isObjectWith({
    reason: isOneOf('epoch', 'other-cluster', 'id-taken', 'removed', 'diverged'),
    leader: isMaybe(isHint),
    clusterId: isMaybeText,
  }),
  fetch: isObjectWith({ shape: isShape }),
  fetchMatch: isObjectWith({ point: isPoint, end: isPoint }),
  fetchNext: isObjectWith({ number: isCount }),
  fetchChunkEnd: isObjectWith({ end: isCount }),
  lead: isObjectWith({ clusterId: isText, memberIds: isListOf(isText) }),
  following: isObjectWith({ shape: isShape }),
  match: isObjectWith({ point: isPoint }),
  readRequest: isObjectWith({ readId: isCount }),
  readAnswer: isObjectWith({ readId: isCount, end: isCount }),
} as const satisfies Record<JsonMessage['kind'], Check<object>>;
