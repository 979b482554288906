import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchNumber, epoch, offset, timestampMs } from '../core/numbers.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import { dialects } from './dialects/dialects.ts';
import { entryLines, entryList } from './dialects/dialect.ts';
import type { ListShape } from './dialects/dialect.ts';
import { encodeEntries } from './entry-stream.ts';

const shapes: readonly ListShape[] = [entryLines, entryList, ...Object.values(dialects).map((dialect) => dialect.messages)];

function listOf(messages: readonly string[], range: { readonly start: number; readonly end: number }, shape: ListShape): string {
  const draft = {
    ...{
      epoch: epoch(3),
      number: batchNumber(7),
      baseOffset: offset(95),
      entryCount: messages.length,
      timestamp: timestampMs(1_700_000_000_123),
    },
    ...{ committedEnd: offset(0), isMarker: false, memberList: undefined, keys: [], requestIds: [] },
  };
  const batch = encodeBatch(draft, [{ messages: packMessages(messages.map((message) => Buffer.from(message))), key: undefined }]);
  const pieces = [...encodeEntries(batch, { start: offset(range.start), end: offset(range.end) }, { shape, isFirst: true })];
  return shape.open + Buffer.concat(pieces.map((piece) => piece.bytes)).toString('utf8') + shape.close;
}

test('every shape of a list is what writing its entries one by one gives, whatever part of a batch is asked for', () => {
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

test('a batch of many small messages, or of large ones, comes in pieces', () => {
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
