import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BatchDraft } from '../core/model/batch.ts';
import type { PeerMessage } from '../core/model/messages.ts';
import { batchNumber, clusterId, epoch, incarnation, logAge, nodeId, offset, storageId, timestampMs } from '../core/model/numbers.ts';
import { BatchDamaged, UnknownFormat, decodeBatch, encodeBatch, messageBounds } from './batch-codec.ts';
import type { EncodableAppend } from './batch-codec.ts';
import { FrameError, frameHeader } from './frames.ts';
import { MessageReader, encodeMessage } from './message-codec.ts';
import { packMessages, pickMessages } from './packed-messages.ts';

function draft(appends: readonly EncodableAppend[], changes: Partial<BatchDraft> = {}): BatchDraft {
  let at = 1000;
  const keys = [];
  for (const append of appends) {
    if (append.key !== undefined) keys.push({ ...append.key, offset: offset(at) });
    at += append.messages.count;
  }
  return {
    epoch: epoch(7),
    number: batchNumber(2 ** 40),
    baseOffset: offset(1000),
    entryCount: at - 1000,
    timestamp: timestampMs(1_700_000_000_000),
    age: logAge(7),
    committedEnd: offset(999),
    isMarker: false,
    memberList: undefined,
    keys,
    requestIds: [],
    ...changes,
  };
}

const anyAppend = fc.record({
  messages: fc.array(
    fc.json().map((text) => Buffer.from(text)),
    { minLength: 1, maxLength: 5 },
  ),
  hasKey: fc.boolean(),
  seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

test('a batch is read as it was written: the header, the keys, and the messages byte for byte', () => {
  fc.assert(
    fc.property(fc.array(anyAppend, { minLength: 1, maxLength: 6 }), (items) => {
      const appends = items.map(({ messages, hasKey, seed }) => ({
        messages: packMessages(messages),
        key: hasKey ? { fingerprint: seed.slice(0, 16), digest: seed.slice(16), entryCount: messages.length } : undefined,
      }));
      const written = draft(appends);
      const read = decodeBatch(Buffer.from(encodeBatch(written, appends).bytes));
      for (const field of ['epoch', 'number', 'baseOffset', 'entryCount', 'timestamp', 'committedEnd', 'isMarker'] as const) {
        assert.equal(read[field], written[field]);
      }
      assert.deepEqual(
        read.keys.map((key) => ({ ...key, fingerprint: [...key.fingerprint], digest: [...key.digest] })),
        written.keys.map((key) => ({ ...key, fingerprint: [...key.fingerprint], digest: [...key.digest] })),
      );
      const bounds = messageBounds(read);
      const texts = items.flatMap(({ messages }) => messages.map(String));
      assert.deepEqual(
        texts,
        texts.map((_text, n) => Buffer.from(read.bytes.subarray(bounds[2 * n], bounds[2 * n + 1])).toString()),
      );
    }),
  );
});

test('each message of an append may have a key of its own, or none', () => {
  const key = (n: number) => ({ fingerprint: new Uint8Array(16).fill(n), digest: new Uint8Array(16).fill(n + 1), entryCount: 1 });
  const messages = packMessages(['"a"', '2', '[3]'].map((text) => Buffer.from(text)));
  const spread = { messages, key: undefined, keys: [key(1), undefined, key(3)] };
  const alone = spread.keys.map((each, n) => ({ messages: pickMessages(messages, [n]), key: each }));
  const written = draft(alone);
  assert.deepEqual(encodeBatch(written, [spread]).bytes, encodeBatch(written, alone).bytes, 'the same as separate appends');
  assert.deepEqual(pickMessages(messages, [0, 2]), packMessages(['"a"', '[3]'].map((text) => Buffer.from(text))));
});

test('a marker with a member list is read as it was written', () => {
  const memberList = {
    members: [
      { id: nodeId('m'), storageId: storageId('s'), url: 'http://m:1', since: batchNumber(0) },
      { id: nodeId('a:1'), storageId: null, url: 'http://a:1', since: batchNumber(0) },
    ],
    removed: [nodeId('gone')],
    founder: nodeId('m'),
  };
  const read = decodeBatch(Buffer.from(encodeBatch(draft([], { isMarker: true, memberList }), []).bytes));
  assert.equal(read.isMarker, true);
  assert.equal(read.entryCount, 0);
  assert.deepEqual(read.memberList, memberList);
});

test('a single flipped bit anywhere in a batch is found', () => {
  const appends = [{ messages: packMessages([Buffer.from('"hello"'), Buffer.from('{"n":1}')]), key: undefined }];
  const { bytes } = encodeBatch(draft(appends), appends);
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const flipped = Buffer.from(bytes);
      const at = bit >> 3;
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
      // Another version cannot be distinguished from a flipped bit (except version 0, which never existed). The rest is damage.
      const isOtherVersion = at === 3 && flipped[at] !== 0;
      assert.throws(() => decodeBatch(flipped), isOtherVersion ? UnknownFormat : BatchDamaged);
    }),
  );
});

const one = { messages: packMessages([Buffer.from('1')]), key: undefined };

const messages: readonly PeerMessage[] = [
  {
    kind: 'hello',
    epoch: epoch(3),
    id: nodeId('s1'),
    storageId: storageId('x'),
    incarnation: incarnation('i'),
    url: 'http://s1:1',
    clusterId: null,
    hasMessages: false,
    memberIds: [nodeId('m')],
    delayMs: 1500,
    wallClock: timestampMs(1_700_000_000_000),
  },
  { kind: 'requestPromise', epoch: epoch(4) },
  { kind: 'promise', epoch: epoch(4), tip: { epoch: epoch(0), number: batchNumber(-1) }, clusterId: clusterId('c') },
  { kind: 'refuse', epoch: epoch(5), reason: 'epoch', leader: { id: nodeId('m'), url: 'http://m:1', epoch: epoch(5) }, clusterId: null },
  { kind: 'acknowledge', epoch: epoch(5), tip: { epoch: epoch(0), number: batchNumber(-1) }, durableEnd: offset(0) },
  { kind: 'acknowledge', epoch: epoch(5), tip: { epoch: epoch(5), number: batchNumber(2 ** 45) }, durableEnd: offset(2 ** 50) },
  { kind: 'heartbeat', epoch: epoch(5), sequence: 9, committedEnd: offset(8) },
  { kind: 'heartbeat', epoch: epoch(5), sequence: 9, committedEnd: offset(8), remembersForwards: false },
  { kind: 'heartbeatAnswer', epoch: epoch(5), sequence: 9, canStore: false, wallClock: timestampMs(1_700_000_000_001) },
  { kind: 'readRequest', epoch: epoch(5), readId: 12 },
  {
    kind: 'replicate',
    epoch: epoch(9),
    batch: decodeBatch(Buffer.from(encodeBatch(draft([one]), [one]).bytes)),
  },
];

test('messages are read as they were sent, in whatever pieces they arrive', () => {
  const bytes = Buffer.concat(messages.flatMap((message) => encodeMessage(message)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 200 }), (sizes) => {
      const reader = new MessageReader(() => true);
      const received: PeerMessage[] = [];
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1;
        received.push(...reader.push(Buffer.from(bytes.subarray(at, at + size))));
        at += size;
      }
      // Compared as plain values, because a batch read from the wire has a buffer of its own.
      assert.deepEqual(JSON.parse(JSON.stringify(received)), JSON.parse(JSON.stringify(messages)));
    }),
  );
});

test('whatever bytes arrive, a reader returns messages or throws one of its errors', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, isAfterMessage) => {
      const reader = new MessageReader(() => true);
      const before = isAfterMessage ? Buffer.concat(encodeMessage({ kind: 'requestPromise', epoch: epoch(1) })) : Buffer.alloc(0);
      try {
        reader.push(Buffer.concat([before, noise]));
      } catch (error) {
        assert.ok(error instanceof FrameError || error instanceof BatchDamaged || error instanceof UnknownFormat, String(error));
      }
    }),
  );
});

test('a frame with missing fields is refused', () => {
  const [header, payload] = encodeMessage({ kind: 'requestPromise', epoch: epoch(1) });
  assert.ok(header !== undefined && payload !== undefined);
  const hello = Buffer.from(header);
  hello.writeUInt8(1, 4);
  assert.throws(() => new MessageReader(() => true).push(Buffer.concat([hello, payload])), /hello frame has missing/);
});

test('what only a newer version knows is skipped: kinds, fields, bytes after a binary message, reasons', () => {
  const read = (...pieces: readonly Uint8Array[]): PeerMessage[] => new MessageReader(() => true).push(Buffer.concat(pieces));
  const known: PeerMessage = { kind: 'requestPromise', epoch: epoch(1) };
  const [header, payload] = encodeMessage(known);
  assert.ok(header !== undefined && payload !== undefined);
  const ofKind99 = Buffer.from(header);
  ofKind99.writeUInt8(99, 4);
  assert.deepEqual(read(ofKind99, payload, header, payload), [known]);

  const [point] = read(...json(12, { point: { number: 1, offset: 1, later: 1 }, later: [1] }));
  assert.deepEqual(point, { kind: 'match', epoch: epoch(1), point: { number: 1, offset: 1, later: 1 }, later: [1] });

  const heartbeat: PeerMessage = {
    kind: 'heartbeat',
    epoch: epoch(1),
    sequence: 3,
    committedEnd: offset(7),
    remembersForwards: true,
    committedNumber: batchNumber(9),
  };
  const [, numbers] = encodeMessage(heartbeat);
  assert.ok(numbers !== undefined);
  const longer = Buffer.concat([numbers, Buffer.alloc(9, 1)]);
  assert.deepEqual(read(frameHeader({ kind: 15, epoch: 1, payloadBytes: longer.length }), longer), [heartbeat]);

  assert.deepEqual(read(...json(4, { reason: 'of-a-newer-node', leader: null, clusterId: null }), header, payload), [known]);
  const answer = { round: 1, refusal: 'of-a-newer-node', tip: { epoch: 0, number: -1 }, canLead: true, priority: 0, leader: null };
  assert.equal(read(...json(20, answer)).length, 1);
});

function json(kind: number, body: object): readonly Uint8Array[] {
  const payload = Buffer.from(JSON.stringify(body));
  return [frameHeader({ kind, epoch: 1, payloadBytes: payload.length }), payload];
}
