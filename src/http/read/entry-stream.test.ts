import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch } from '../../core/model/batch.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { dialects } from '../dialects/dialects.ts';
import { entryLines, entryList } from '../dialects/list-format.ts';
import type { ListShape } from '../dialects/list-format.ts';
import { entryStream } from './entry-stream.ts';
import { ListWriter, pieceBytes } from './list-writer.ts';
import { ReadPacer } from './read-pacer.ts';

const shapes: readonly ListShape[] = [entryLines, entryList, ...Object.values(dialects).map((dialect) => dialect.messages)];

function batchOf(messages: readonly string[]): Batch {
  const draft = {
    ...{
      epoch: epoch(3),
      number: batchNumber(7),
      baseOffset: offset(95),
      entryCount: messages.length,
      timestamp: timestampMs(1_700_000_000_123),
      age: logAge(0),
    },
    ...{ committedEnd: offset(0), isMarker: false, memberList: undefined, keys: [], requestIds: [] },
  };
  return encodeBatch(draft, [{ messages: packMessages(messages.map((message) => Buffer.from(message))), key: undefined }]);
}

function listOf(messages: readonly string[], range: { readonly start: number; readonly end: number }, shape: ListShape): string {
  const batch = batchOf(messages);
  const pieces = [...new ListWriter(shape, offset(range.start)).pieces([batch], { end: offset(range.end) })];
  return shape.open + Buffer.concat(pieces.map((piece) => piece.bytes)).toString('utf8') + shape.close;
}

test('in every shape, a list equals its entries written one by one, whatever part of a batch is asked for', () => {
  const message = fc.json();
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1 }),
      fc.nat(120),
      fc.nat(120),
      fc.constantFrom(...shapes),
      (messages, start, count, shape) => {
        const end = start + count;
        const text = shape.textOf({ epoch: 3, timestamp: timestampMs(1_700_000_000_123) });
        const entries = messages.flatMap((json, index) => {
          const at = 95 + index;
          return at >= start && at < end ? [text.before(at) + json + text.after(at)] : [];
        });
        assert.equal(listOf(messages, { start, end }, shape), shape.open + entries.join(shape.separator) + shape.close);
      },
    ),
  );
});

test('a batch of many small messages, or of large ones, is written in pieces', () => {
  const messages = Array.from({ length: 10_000 }, (_unused, n) => String(n));
  assert.deepEqual(JSON.parse(listOf(messages, { start: 0, end: 20_000 }, dialects.native.messages)), { messages: messages.map(Number) });
  const large = Array.from({ length: 5 }, (_unused, n) => JSON.stringify(String(n).repeat(200_000)));
  const lines = listOf(large, { start: 96, end: 99 }, entryLines).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => {
      const { offset: at, epoch: of, message } = JSON.parse(line) as { offset: number; epoch: number; message: string };
      return [at, of, message.length, message[0]];
    }),
    [
      [96, 3, 200_000, '1'],
      [97, 3, 200_000, '2'],
      [98, 3, 200_000, '3'],
    ],
  );
});

test('a reader of a large batch holds one piece at a time and reads the batch again for the next; a large entry is split into pieces', async () => {
  const sizes = [10, 3 * pieceBytes, 20, pieceBytes + 1, pieceBytes, 30];
  const messages = sizes.map((size, n) => JSON.stringify(String(n).repeat(size)));
  const batch = batchOf(messages);
  let reads = 0;
  const driver = {
    cutCount: 0,
    firstOffset: offset(0),
    readEntriesFrom: () => {
      reads += 1;
      return [batch];
    },
  };
  const parts = { driver: driver as unknown as Driver, readPacer: new ReadPacer(() => false) };
  for (const shape of shapes) {
    reads = 0;
    const pieces: Buffer[] = [];
    for await (const piece of entryStream(parts, { start: offset(95), end: offset(101) }, shape)) {
      pieces.push(piece);
      assert.ok(piece.length <= 2 * pieceBytes, `${piece.length} bytes at once`);
    }
    assert.equal(Buffer.concat(pieces).toString(), listOf(messages, { start: 95, end: 101 }, shape));
    assert.ok(reads >= 6, `${reads} reads`);
  }
});
