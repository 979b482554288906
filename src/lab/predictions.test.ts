import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Predictions } from './predictions.ts';

test('each voter is counted once, and a second answer replaces the first', () => {
  const predictions = new Predictions();
  predictions.take('blocking', { voter: 'a', choice: 'waits' });
  predictions.take('blocking', { voter: 'b', choice: 'waits' });
  predictions.take('blocking', { voter: 'a', choice: 'refused' });
  predictions.take('no-quorum', { voter: 'a', choice: 'created' });
  assert.deepEqual(predictions.counts('blocking'), { experiment: 'blocking', counts: { refused: 1, waits: 1 } });
  assert.deepEqual(predictions.clear('blocking').counts, {});
  assert.deepEqual(predictions.counts('no-quorum').counts, { created: 1 });
});

test('invalid answers are refused, and the number of answers is bounded', () => {
  const predictions = new Predictions();
  for (const wrong of [
    {},
    { voter: 'a' },
    { voter: '', choice: 'x' },
    { voter: 'a', choice: 'x'.repeat(65) },
    { voter: 'a', choice: 'x', w: 1 },
    null,
  ]) {
    assert.throws(() => predictions.take('blocking', wrong), { code: 'bad-request' });
  }
  for (let voter = 0; voter < 1000; voter += 1) predictions.take('blocking', { voter: String(voter), choice: 'x' });
  assert.throws(() => predictions.take('blocking', { voter: 'one more', choice: 'x' }), { code: 'bad-request' });
  assert.throws(() => predictions.take('blocking', { voter: 'onemore', choice: 'x' }), { code: 'bad-request' });
  assert.deepEqual(predictions.take('blocking', { voter: '7', choice: 'y' }).counts, { x: 999, y: 1 });
});
