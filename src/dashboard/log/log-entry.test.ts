import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryIn, isWhole } from './log-entry.ts';

const before = '{"offset":7,"epoch":3,"timestamp":"2026-01-02T03:04:05.678Z","message":';

test('an entry keeps the text of its message as it was sent', () => {
  const text = '{"10":1.50,"2":12345678901234567890,"a":"\\u00e9"}';
  const entry = entryIn(`${before}${text}}`);
  assert.deepEqual(entry, { offset: 7, epoch: 3, timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), text, textLength: text.length });
  assert.equal(isWhole(entry), true);
});

test('of a long message the beginning is kept, and how long it is', () => {
  const entry = entryIn(`${before}"${'x'.repeat(98)}"}`, 10);
  assert.equal(entry.text, '"xxxxxxxxx');
  assert.equal(entry.textLength, 100);
  assert.equal(isWhole(entry), false);
});

test('null and the empty string are messages', () => {
  assert.equal(entryIn(`${before}null}`).text, 'null');
  assert.equal(entryIn(`${before}""}`).text, '""');
});

test('what is not an entry is refused', () => {
  assert.throws(() => entryIn('{"type":"about:blank"}'), /not an entry/);
  assert.throws(() => entryIn(`${before}1`), /not an entry/);
});
