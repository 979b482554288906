import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { PeerMessage } from '../core/model/messages.ts';
import { batchNumber, clusterId, epoch, incarnation, logAge, nodeId, offset, storageId, timestampMs } from '../core/model/numbers.ts';
import { decodeBatch, encodeBatch, writeU64 } from './batch-codec.ts';
import { decodeForeignBatch } from './foreign-batch.ts';
import { FrameError, frameHeader } from './frames.ts';
import { MessageReader, encodeMessage } from './message-codec.ts';
import { packMessages } from './packed-messages.ts';

const hello: Extract<PeerMessage, { kind: 'hello' }> = {
  kind: 'hello',
  epoch: epoch(3),
  id: nodeId('s1'),
  storageId: storageId('x'),
  incarnation: incarnation('i'),
  url: 'http://s1:1',
  clusterId: clusterId('c'),
  hasMessages: false,
  memberIds: [nodeId('m'), nodeId('s2:5001')],
  delayMs: 0,
  wallClock: undefined,
};

function read(message: PeerMessage, mayBring = true): PeerMessage[] {
  return new MessageReader(() => mayBring).push(Buffer.concat(encodeMessage(message)));
}

/** The message with a number that this program would never write. */
function withU64(message: PeerMessage, at: number, value: bigint): Buffer {
  const bytes = Buffer.concat(encodeMessage(message));
  bytes.writeBigUInt64LE(value, at);
  return bytes;
}

function batchOf(texts: readonly string[], forge?: (bytes: Buffer) => void): Buffer {
  const messages = texts.map((text) => Buffer.from(text));
  const bytes = Buffer.from(
    encodeBatch(
      {
        epoch: epoch(1),
        number: batchNumber(1),
        baseOffset: offset(0),
        entryCount: texts.length,
        timestamp: timestampMs(1),
        age: logAge(0),
        committedEnd: offset(0),
        isMarker: false,
        memberList: undefined,
        keys: [],
        requestIds: [],
      },
      [{ messages: packMessages(messages), key: undefined }],
    ).bytes,
  );
  if (forge === undefined) return bytes;
  forge(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8))), 8);
  return bytes;
}

test('a number beyond the safe integers ends the stream, wherever it is', () => {
  const huge = 2n ** 60n;
  const heartbeat: PeerMessage = { kind: 'heartbeat', epoch: epoch(1), sequence: 1, committedEnd: offset(0) };
  const acknowledge: PeerMessage = {
    kind: 'acknowledge',
    epoch: epoch(1),
    tip: { epoch: epoch(1), number: batchNumber(0) },
    durableEnd: offset(0),
  };
  for (const [message, places] of [
    [heartbeat, [8, 16, 24]],
    [acknowledge, [8, 16, 24, 32]],
  ] as const) {
    for (const at of places) assert.throws(() => new MessageReader(() => true).push(withU64(message, at, huge)), FrameError);
  }
  for (const [at, what] of [
    [16, 'epoch'],
    [24, 'number'],
    [32, 'base offset'],
    [48, 'timestamp'],
    [56, 'committedEnd'],
  ] as const) {
    assert.throws(() => decodeBatch(batchOf(['1'], (bytes) => bytes.writeBigUInt64LE(huge, at))), new RegExp(what));
  }
  assert.throws(() => decodeBatch(batchOf(['1'], (bytes) => writeU64(bytes, Number.MAX_SAFE_INTEGER, 32))), /no batch can follow/);
  assert.throws(() => decodeBatch(batchOf(['1'], (bytes) => writeU64(bytes, 8_640_000_000_000_001, 48))), /its timestamp is not a date/);
});

test('a batch whose counts do not match its bytes is damaged', () => {
  const bear = (at: number, count: number): Buffer => batchOf(['1', '"two"'], (bytes) => bytes.writeUInt32LE(count, at));
  assert.throws(() => decodeBatch(bear(40, 4_000_000_000)), /holds 2 entries, but its header says 4000000000/);
  assert.throws(() => decodeBatch(bear(40, 1)), /holds 2 entries, but its header says 1/);
  assert.throws(() => decodeBatch(bear(44, 1)), /holds 0 keys, but its header says 1/);
  // The length of the first entry, which then covers the second one and more.
  assert.throws(() => decodeBatch(bear(64, 500)), /beyond its batch/);
  assert.throws(() => decodeBatch(batchOf(['1'], (bytes) => bytes.writeUInt32LE(1, 12))), /says that it has some/);
});

test('a peer can store only JSON in a log', () => {
  for (const text of ['"good"', '{"a":[1,null]}']) decodeForeignBatch(batchOf([text]));
  for (const text of ['bad', '"a', '1 2', '', '{"a":}', '"\u0000"']) {
    assert.throws(() => decodeForeignBatch(batchOf(['1', text])), /entry 1 is not one JSON value/);
  }
});

test('impossible names and addresses of nodes are refused, but the address of an unclaimed member is a valid name', () => {
  assert.equal(read(hello).length, 1);
  const wrong: readonly Partial<typeof hello>[] = [
    { id: nodeId('s1\u001b[2J') },
    { id: nodeId('') },
    { id: nodeId('a'.repeat(64)) },
    { storageId: storageId('x\n') },
    { incarnation: incarnation(' ') },
    { url: 'nowhere' },
    { url: 'javascript:1' },
    { memberIds: [nodeId('m m')] },
    { clusterId: clusterId('') },
  ];
  for (const change of wrong) assert.throws(() => read({ ...hello, ...change }), /missing or invalid fields/, JSON.stringify(change));
});

test('the shape of an impossible log is refused', () => {
  const shapes = [
    { starts: [], end: { number: 1, offset: 0 } },
    { starts: [{ epoch: 1, number: 1, offset: 0 }], end: { number: 2, offset: 0 } },
    {
      starts: [
        { epoch: 2, number: 0, offset: 0 },
        { epoch: 1, number: 1, offset: 0 },
      ],
      end: { number: 2, offset: 0 },
    },
    {
      starts: [
        { epoch: 1, number: 0, offset: 0 },
        { epoch: 2, number: 3, offset: 5 },
      ],
      end: { number: 4, offset: 4 },
    },
    { starts: [{ epoch: 1, number: 0, offset: 0 }], end: { number: 0, offset: 0 } },
  ];
  for (const shape of shapes) {
    const payload = Buffer.from(JSON.stringify({ shape }));
    const bytes = Buffer.concat([frameHeader({ kind: 11, epoch: 1, payloadBytes: payload.length }), payload]);
    assert.throws(() => new MessageReader(() => true).push(bytes), /following frame has missing or invalid/, JSON.stringify(shape));
  }
});

test('the maximum length of a frame depends on its kind, and is checked before its payload is buffered', () => {
  const header = (kind: number, payloadBytes: number): Buffer => frameHeader({ kind, epoch: 1, payloadBytes });
  assert.throws(() => new MessageReader(() => true).push(header(1, 16 * 1024 + 1)), /too large/);
  assert.throws(() => new MessageReader(() => true).push(header(10, 1024 * 1024 + 1)), /too large/);
  assert.throws(() => new MessageReader(() => true).push(header(13, 1024 * 1024 * 1024 + 1)), /too large/);
  assert.deepEqual(new MessageReader(() => true).push(header(13, 1024 * 1024 * 1024)), []);
});

test('batches are accepted only from a peer from which they are expected, and only of the expected kind', () => {
  for (const kind of [8, 13]) {
    const header = frameHeader({ kind, epoch: 1, payloadBytes: 100 });
    assert.throws(() => new MessageReader(() => false).push(header), /no batches were requested from this peer/);
    assert.throws(
      () => new MessageReader((expected) => expected === (kind === 8 ? 'replicate' : 'fetched')).push(header),
      /no batches were requested/,
    );
  }
});
