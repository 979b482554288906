import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEntry } from './log-entry.ts';
import { variantsOf } from './variants.ts';

function entry(text: string, epoch = 1): LogEntry {
  return { offset: 5, epoch, timestampMs: 0, text, textLength: text.length };
}

function shown(held: Readonly<Record<string, LogEntry | undefined>>): string[] {
  const list = Object.entries(held).map(([nodeId, each]) => ({ nodeId, entry: each }));
  return variantsOf(list).map(({ entry: { text, epoch }, nodeIds }) => `${text} of ${epoch}: ${nodeIds.join()}`);
}

test('nodes that hold the same stand together, those that hold nothing nowhere', () => {
  assert.deepEqual(shown({ a: entry('1'), b: undefined, c: entry('1') }), ['1 of 1: a,c']);
});

test('another message or another epoch is another entry', () => {
  assert.deepEqual(shown({ a: entry('1'), b: entry('2'), c: entry('1', 2) }), ['1 of 1: a', '2 of 1: b', '1 of 2: c']);
});
