import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration } from './numbers.ts';
import { problemFrom } from './problem.ts';

test('a problem document is taken apart, its facts kept', () => {
  const document = {
    type: 't',
    title: 'T',
    status: 504,
    detail: 'd',
    instance: '/',
    code: 'concern-timeout',
    outcome: 'unknown',
    offset: 7,
  };
  const problem = problemFrom(JSON.stringify(document), 504);
  assert.equal(problem.code, 'concern-timeout');
  assert.equal(problem.message, 'd');
  assert.equal(problem.outcome, 'unknown');
  assert.equal(problem.facts.offset, 7);
  assert.equal('type' in problem.facts, false);
});

test('what is no problem document promises nothing', () => {
  const problem = problemFrom('<html>', 502);
  assert.equal(problem.code, 'http-502');
  assert.equal(problem.outcome, 'unknown');
});

test('durations have three digits at most, and their unit', () => {
  const shown = [0.837, 9.99, 12.46, 99.9, 999.4, 1400, 59_000, 200_000].map(duration);
  assert.deepEqual(shown, ['0.84 ms', '9.99 ms', '12.5 ms', '99.9 ms', '999 ms', '1.4 s', '59.0 s', '3 min']);
});
