/**
 * What a member gone wrong may say: frames as they are, with one thing wrong in each, and bytes that are no frames. Nothing of
 * it is a lie in good form, which members believe (docs/security.md): no such input asks for an epoch, leads, or brings a
 * batch that fits.
 */

import { crc32 } from 'node:zlib';
import { isWithinReach } from '../../src/core/model/foreign-epoch.ts';
import type { PeerMessage } from '../../src/core/model/messages.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../../src/core/model/numbers.ts';
import { encodeBatch } from '../../src/protocol/batch-codec.ts';
import { frameHeader } from '../../src/protocol/frames.ts';
import { MessageReader } from '../../src/protocol/message-codec.ts';
import { packMessages } from '../../src/protocol/packed-messages.ts';
import type { Random } from '../../src/sim/world/random.ts';
import { frameOf, someCount, someMessage } from './plausible-messages.ts';
import type { Known } from './plausible-messages.ts';

/** In each message of a batch that nobody may store. */
export const forgedMark = 'forged by a member gone wrong';

export interface Input {
  readonly kind: string;
  readonly bytes: Buffer;
  /** The frame is not complete: nothing can follow it. */
  readonly isOpen: boolean;
}

const headerBytes = 16;
const kindCount = 26;
const [mebibyte, gibibyte] = [1024 * 1024, 1024 * 1024 * 1024];

export function hostileInput(random: Random, known: Known): Input {
  for (;;) {
    const [kind, make] = random.pick(random.chance(skippedShare) ? skipped : refused);
    const bytes = make(random, known);
    const read = readAs(bytes, known);
    if (read !== 'a lie') return { kind, bytes, isOpen: read === 'unfinished' };
  }
}

/** What a node makes of it; a mistake that ends the stream counts as finished. */
function readAs(bytes: Buffer, known: Known): 'a lie' | 'finished' | 'unfinished' {
  const reader = new MessageReader(() => true);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.length - at < headerBytes ? Number.POSITIVE_INFINITY : at + headerBytes + bytes.readUInt32LE(at);
    try {
      for (const message of reader.push(bytes.subarray(at, end))) if (isLie(message, known)) return 'a lie';
    } catch {
      return 'finished';
    }
    if (end > bytes.length) return 'unfinished';
    at = end;
  }
  return 'finished';
}

function isLie(message: PeerMessage, { epoch: promised, end, self }: Known): boolean {
  switch (message.kind) {
    case 'requestPromise':
    case 'lead':
      return message.epoch > promised && isWithinReach(message.epoch, epoch(promised));
    case 'match': {
      const { point, acknowledged } = message;
      return (point.number < end.number && point.offset >= end.offset) || acknowledged !== undefined;
    }
    case 'replicate':
    case 'fetched':
      return message.batch.number === end.number && message.batch.baseOffset === end.offset;
    case 'refuse':
    case 'promise':
    case 'pollAnswer':
    case 'poll':
      return message.epoch > promised;
    case 'hello':
      return message.clusterId !== self.clusterId || message.epoch > promised;
    case 'askHandOver':
    case 'yourTurn':
      return true;
    default:
      return false;
  }
}

type Maker = (random: Random, known: Known) => Buffer;

/** Of the first, many leave the stream open; of the others, nearly none. */
const skipped: readonly (readonly [string, Maker])[] = [
  ['a kind that nobody knows', unknownKind],
  ['another epoch', anotherEpoch],
  ['out of turn', someFrame],
  ['out of turn', (random, known) => Buffer.concat(Array.from({ length: random.between(2, 5) }, () => someFrame(random, known)))],
  ['more bytes than it needs', overlong],
];
const refused: readonly (readonly [string, Maker])[] = [
  ['bytes that are no frame', (random) => randomBuffer(random, random.between(headerBytes, 600))],
  ['a frame with flipped bits', (random, known) => flipped(random, someFrame(random, known))],
  ['a frame cut short', cutShort],
  ['a huge length', hugeLength],
  ['numbers that cannot be', wildNumbers],
  ['fields that cannot be', wildFields],
  ['two frames in one', twoInOne],
  ['a damaged batch', damagedBatch],
  ['a batch in the wrong place', misplacedBatch],
  ['a nest of brackets', nested],
];
const skippedShare = 0.75;

function randomBuffer(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = random.between(0, 255);
  return bytes;
}

function rawFrame({ kind, epoch: sender, payload }: { readonly kind: number; readonly epoch: number; readonly payload: Buffer }): Buffer {
  return Buffer.concat([frameHeader({ kind, epoch: sender, payloadBytes: payload.length }), payload]);
}

function someFrame(random: Random, known: Known): Buffer {
  return random.chance(0.03) ? batchFrame(random, known, { shift: random.between(1, 5) }) : frameOf(someMessage(random, known));
}

function flipped(random: Random, frame: Buffer): Buffer {
  for (let flips = random.between(1, 4); flips > 0; flips -= 1) {
    const at = random.between(0, frame.length - 1);
    frame[at] = (frame[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return complete(frame);
}

/** The length said is the length sent, unless it may not be that long: a frame that is never complete is another kind of input. */
function complete(frame: Buffer): Buffer {
  if (frame.length < headerBytes) return frame;
  const said = frame.readUInt32LE(0) + headerBytes;
  if (said > frame.length && said < frame.length + 64 * 1024) return Buffer.concat([frame, Buffer.alloc(said - frame.length)]);
  return frame;
}

function unknownKind(random: Random, { epoch: promised }: Known): Buffer {
  const kind = random.pick([0, random.between(kindCount + 1, 255)]);
  return rawFrame({ kind, epoch: random.pick([0, promised]), payload: randomBuffer(random, random.between(0, 1000)) });
}

/** Numbers, and bytes that only a newer version would know. */
function overlong(random: Random, known: Known): Buffer {
  const { kind, payload } = random.pick(
    known.isOpener
      ? [{ kind: 15, payload: 16 }]
      : [
          { kind: 14, payload: 24 },
          { kind: 16, payload: 24 },
        ],
  );
  const numbers = Buffer.alloc(payload);
  for (let at = 0; at < payload; at += 8) numbers.writeBigUInt64LE(BigInt(someCount(random, known)), at);
  return rawFrame({ kind, epoch: known.epoch, payload: Buffer.concat([numbers, randomBuffer(random, random.between(1, 500))]) });
}

function cutShort(random: Random, known: Known): Buffer {
  const frame = someFrame(random, known);
  return frame.subarray(0, random.between(1, frame.length - 1));
}

function hugeLength(random: Random, known: Known): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(
    random.pick([16 * 1024 + 1, mebibyte - 1, mebibyte, mebibyte + 1, gibibyte - 1, gibibyte, gibibyte + 1, 2 ** 31, 2 ** 32 - 1]),
  );
  header.writeUInt8(random.between(0, kindCount + 1), 4);
  header.writeBigUInt64LE(BigInt(random.pick([known.epoch, 0])), 8);
  return Buffer.concat([header, Buffer.alloc(random.pick([0, 1000, 20_000, random.chance(0.05) ? 900_000 : 0]), 0x20)]);
}

/** In the header, or in a message of numbers. */
function wildNumbers(random: Random, known: Known): Buffer {
  const frame = someFrame(random, known);
  const places = [8, ...(frame.readUInt8(4) >= 14 && frame.readUInt8(4) <= 16 ? [16, 24, 32] : [])].filter((at) => at + 8 <= frame.length);
  frame.writeBigUInt64LE(random.pick([2n ** 53n, 2n ** 53n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 60n, 0n]), random.pick(places));
  return frame;
}

const wildValues: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0.5,
    1e308,
    -0,
    2 ** 53,
    '',
    'x'.repeat(5000),
    '\u0000',
    '\u001b[2J',
    '__proto__',
    [],
    {},
    [[]],
    [null],
    { toString: 1 },
  ],
  ...[
    'http://',
    'javascript:1',
    `http://${'a'.repeat(3000)}`,
    { number: 1 },
    { number: -1, offset: 0 },
    { epoch: 1, number: 0, offset: 0 },
  ],
];

function wildFields(random: Random, known: Known): Buffer {
  for (;;) {
    const frame = frameOf(someMessage(random, known));
    const kind = frame.readUInt8(4);
    if (kind >= 13 && kind <= 16) continue;
    const body = JSON.parse(frame.toString('utf8', headerBytes)) as Record<string, unknown>;
    const names = Object.keys(body);
    const wild = random.pick(wildValues);
    if (names.length > 0 && random.chance(0.85)) {
      const name = random.pick(names);
      const inner = body[name];
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && random.chance(0.5)) {
        (inner as Record<string, unknown>)[random.pick([...Object.keys(inner), 'x'])] = wild;
      } else if (random.chance(0.2)) delete body[name];
      else body[name] = wild;
    }
    const wholes: unknown[] = [body, body, body, body, [body], wild, { constructor: 1, hasOwnProperty: wild, ...body }];
    const text = JSON.stringify(random.pick(wholes)).replace('"x":', '"__proto__":');
    return rawFrame({ kind, epoch: known.epoch, payload: Buffer.from(text) });
  }
}

function anotherEpoch(random: Random, known: Known): Buffer {
  const frame = someFrame(random, known);
  const { epoch: promised } = known;
  const epochs = [0, 1, promised - 1, promised + 1, promised + 2 ** 32 + 1, 2 ** 52, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER];
  frame.writeBigUInt64LE(BigInt(Math.max(0, random.pick(epochs))), 8);
  return frame;
}

function twoInOne(random: Random, known: Known): Buffer {
  const [one, other] = [someFrame(random, known), someFrame(random, known)];
  return complete(Buffer.concat([one.subarray(0, random.between(1, one.length)), other.subarray(random.between(0, other.length - 1))]));
}

/** @param shift - how far from where it would fit */
function batchFrame(random: Random, known: Known, { shift, as = 13 }: { readonly shift: number; readonly as?: number }): Buffer {
  const messages = Array.from({ length: random.between(1, 5) }, (_unused, index) => Buffer.from(JSON.stringify(`${forgedMark} ${index}`)));
  const batch = encodeBatch(
    {
      ...{ epoch: epoch(known.epoch), number: batchNumber(known.end.number + shift), baseOffset: offset(known.end.offset + shift) },
      ...{ entryCount: messages.length, timestamp: timestampMs(Date.now()), age: logAge(0), committedEnd: known.end.offset },
      ...{ isMarker: false, memberList: undefined, keys: [], requestIds: [] },
    },
    [{ messages: packMessages(messages), key: undefined }],
  );
  return rawFrame({ kind: as, epoch: known.epoch, payload: Buffer.from(batch.bytes) });
}

/** Where it would fit, but for what is wrong in it. */
function damagedBatch(random: Random, known: Known): Buffer {
  const frame = batchFrame(random, known, { shift: 0, as: random.pick([13, 13, 8]) });
  const batch = frame.subarray(headerBytes);
  const sum = (): void => void batch.writeUInt32LE(crc32(batch.subarray(12), crc32(batch.subarray(0, 8))), 8);
  const wrongs: readonly (() => void)[] = [
    () => flipIn(random, batch),
    () => (batch.writeUInt32LE(random.pick([0, 64, 4_000_000_000, batch.length + 1]), 4), sum()),
    () => (batch.writeUInt8(random.pick([1, 2, 3, 255]), 12), sum()),
    () => (batch.writeUInt32LE(random.pick([0, 100, 4_000_000_000]), 40), sum()),
    () => (batch.writeUInt32LE(random.pick([1, 4_000_000_000]), 44), sum()),
    () => (batch.writeBigUInt64LE(2n ** 63n, random.pick([16, 24, 32, 48, 56])), sum()),
    () => (batch.writeUInt32LE(random.pick([0, 1, 0x7fff_ffff, 0xffff_ffff]), 64), sum()),
    () => ((batch[68] = random.pick([0, 0x80, 0x5b, 0xff])), sum()),
    () => (batch.writeUInt8(random.pick([0, 2, 255]), 3), sum()),
  ];
  random.pick(wrongs)();
  return frame;
}

function flipIn(random: Random, bytes: Buffer): void {
  const at = random.between(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
}

function misplacedBatch(random: Random, known: Known): Buffer {
  const back = -Math.min(known.end.number, known.end.offset, random.between(1, 9));
  return batchFrame(random, known, { shift: random.pick([1, 2, 2 ** 20, 2 ** 40, back === 0 ? 1 : back]) });
}

function nested(random: Random, known: Known): Buffer {
  const depth = random.pick([10, 1000, 50_000]);
  const frame = frameOf(someMessage(random, known));
  const text = `{"x":${'['.repeat(depth)}${random.chance(0.7) ? ']'.repeat(depth) : ''}}`;
  return rawFrame({ kind: frame.readUInt8(4), epoch: known.epoch, payload: Buffer.from(text) });
}
