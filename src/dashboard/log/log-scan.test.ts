import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogScan } from './log-scan.ts';
import { patternOf } from './text-search.ts';

function line(offset: number, message: unknown): string {
  return `{"offset":${offset},"epoch":1,"timestamp":"2026-01-01T00:00:00.000Z","message":${JSON.stringify(message)}}\n`;
}

function scan(words: string, text: string, pieceChars = text.length): LogScan {
  const pattern = patternOf(words);
  assert.ok(pattern);
  const made = new LogScan(pattern, 0);
  for (let at = 0; at < text.length; at += pieceChars) made.take(text.slice(at, at + pieceChars));
  return made;
}

const log = line(0, 'Kyiv') + line(1, 'Lviv') + line(2, { city: 'KYIV', again: 'kyiv' }) + line(3, 'Odesa');

test('each entry with a match is found once, wherever the pieces are cut', () => {
  for (const pieceChars of [1, 7, 50, 1000]) {
    const found = scan('kyiv', log, pieceChars);
    assert.deepEqual([found.matches, found.matchCount, found.end], [[0, 2], 2, 4], `${pieceChars}`);
  }
});

test('what stands around the messages is not looked through', () => {
  for (const words of ['offset', 'epoch', '2026', '"message"', '}']) assert.deepEqual(scan(words, line(0, 'a')).matches, [], words);
  assert.deepEqual(scan('}', line(0, { a: 1 })).matches, [0]);
  assert.deepEqual(scan('message', line(0, 'my message')).matches, [0]);
});

test('a line that is not there as a whole yet is looked through when it is', () => {
  const found = scan('odesa', log.slice(0, -20));
  assert.deepEqual([found.matches, found.end], [[], 3]);
});

test('what is no log is not taken for one without a match', () => {
  assert.throws(() => scan('a', '<html>\n'), /not an entry/);
});
