import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendedLine, stopReport, withAppended } from './append-report.ts';
import type { Stop, Stored } from './append-report.ts';
import { commandLine } from './command-line.ts';

const answered = (offset: number, count: number, acks = 3) => ({ offset, count, acks, w: 'all', epoch: 1 }) as const;

test('the result of an append is one line, with the lowest number of nodes that have any part of it', () => {
  const said = (...answers: readonly ReturnType<typeof answered>[]): string => {
    let stored: Stored | undefined;
    for (const answer of answers) stored = withAppended(stored, answer);
    assert.ok(stored !== undefined);
    return appendedLine(stored);
  };
  assert.equal(said(answered(7, 1, 1)), 'appended at offset 7, held by 1 node');
  assert.equal(said(answered(0, 1000), answered(1000, 500, 2)), 'appended at offsets 0 to 1499, held by 2 nodes');
  assert.equal(
    said(answered(0, 1000), answered(1003, 2)),
    'appended 1002 messages, with others in between, at offsets 0 to 1004, held by 3 nodes',
  );
});

test('an append that stops says which lines are stored, which may be, and how to continue', () => {
  const stop = { reason: 'R', command: 'C', firstLine: 1001, lastLine: 2000 } as const;
  const said = (changes: Partial<Stop>): string => stopReport({ ...stop, outcome: 'unknown', ...changes });
  assert.equal(
    said({}),
    'R\n  lines 1 to 1000 are stored; lines 1001 to 2000 may be, and nothing after; to continue without storing anything twice:\n  C',
  );
  assert.equal(
    said({ firstLine: 1 }),
    'R\n  lines 1 to 2000 may be stored, and nothing after; to continue without storing anything twice:\n  C',
  );
  assert.equal(
    said({ firstLine: 2, lastLine: 2 }),
    'R\n  line 1 is stored; line 2 may be, and nothing after; to continue without storing anything twice:\n  C',
  );
  assert.equal(said({ outcome: 'rejected' }), 'R\n  lines 1 to 1000 are stored, and nothing after; to continue:\n  C');
  assert.equal(said({ outcome: 'rejected', firstLine: 1 }), 'R\n  nothing is stored');
});

test('a command line is quoted for a shell', () => {
  assert.equal(commandLine(['rlog', 'append', '--key', 'a-1', "it's", 'two words', '']), `rlog append --key a-1 'it'\\''s' 'two words' ''`);
});
