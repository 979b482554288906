import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerMessage } from '../core/model/messages.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../core/model/numbers.ts';
import { DelayedStream } from './delayed-stream.ts';
import { ManualClock } from '../ports/manual-clock.test-support.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { packMessages } from '../protocol/packed-messages.ts';

function replicate(number: number, messages: readonly string[]): PeerMessage {
  const batch = encodeBatch(
    {
      ...{
        epoch: epoch(1),
        number: batchNumber(number),
        baseOffset: offset(0),
        entryCount: messages.length,
        timestamp: timestampMs(1),
        age: logAge(0),
      },
      ...{ committedEnd: offset(0), isMarker: messages.length === 0, memberList: undefined, keys: [], requestIds: [] },
    },
    messages.map((message) => ({ messages: packMessages([Buffer.from(message)]), key: undefined })),
  );
  return { kind: 'replicate', epoch: epoch(1), batch };
}

test('a batch without messages waits only for batches that are held before it', async () => {
  const clock = new ManualClock();
  const delivered: number[] = [];
  const stream = new DelayedStream({
    clock,
    delayMs: 1000,
    deliver: (message) => delivered.push(message.kind === 'replicate' ? message.batch.number : -1),
  });
  stream.push(replicate(0, []));
  assert.deepEqual(delivered, [0], 'the marker of a new epoch is not delayed');
  stream.push(replicate(1, ['"one"']));
  stream.push(replicate(2, []));
  assert.deepEqual(delivered, [0]);
  await clock.pass(1001);
  assert.deepEqual(delivered, [0, 1, 2], 'the order stays the same');
});
