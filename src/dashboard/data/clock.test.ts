import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agoText, clockText, dayText, timeText } from './clock.ts';

test('a time of the day has milliseconds', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  assert.equal(clockText(at), '03:04:05.006');
  assert.equal(dayText(at), '2026-01-02');
});

test('how long ago is said in the largest unit that fits', () => {
  const now = 1_000_000_000;
  const ago = (ms: number): string => agoText(now - ms, now);
  assert.deepEqual([-500, 0, 999, 1000, 59_999, 60_000, 3_600_000, 172_800_000].map(ago), [
    'now',
    'now',
    'now',
    '1 s ago',
    '59 s ago',
    '1 min ago',
    '1 h ago',
    '2 d ago',
  ]);
});

test('a time is told to the second, with its day if that was another one', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  assert.equal(timeText(at, at + 1000), '03:04:05');
  assert.equal(timeText(at, at + 86_400_000), '2026-01-02 03:04:05');
});
