import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchRoom } from './batch-room.ts';

test('batches that are kept keep little memory but their own, whatever else is made between them', () => {
  const kept: Buffer[] = [];
  for (let n = 0; n < 1000; n += 1) {
    kept.push(batchRoom(200));
    // Bodies and answers, which are gone soon.
    for (let other = 0; other < 4; other += 1) Buffer.allocUnsafe(8000);
  }
  const held = [...new Set(kept.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.ok(held < 2 * 1000 * 200, `${held} bytes are held for ${1000 * 200}`);
});

test('no two batches share a byte, and a large one has memory of its own', () => {
  const rooms = Array.from({ length: 2000 }, (_unused, n) => batchRoom(n % 300).fill(n % 251));
  rooms.forEach((room, n) => assert.ok(room.length === n % 300 && room.every((byte) => byte === n % 251)));
  const large = batchRoom(100_000);
  assert.deepEqual([large.length, large.buffer.byteLength], [100_000, 100_000]);
});
