import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prettyFactory } from 'pino-pretty';
import { pino } from 'pino';
import { fieldOptions, prettyOptions } from './logger.ts';

const shown = (fields: Readonly<Record<string, unknown>>): string =>
  prettyFactory({ ...prettyOptions, colorize: false })(
    JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', node: 'n1', ...fields }),
  ).replace(/^\[.*?\] /, '');

test('on a terminal an event is shown as a sentence, followed by its name and facts', () => {
  assert.equal(shown({ epoch: 4, logEnd: 3, msg: 'epoch.began' }), 'INFO: Epoch 4 began: n1 leads · epoch.began {"epoch":4,"logEnd":3}\n');
  assert.equal(shown({ leader: 'n2', msg: 'follower.matched' }), 'INFO: follower.matched {"leader":"n2"}\n');
  assert.match(shown({ leader: 'n2\n\u001b[31m', msg: 'leader.lost' }), /^INFO: n1 lost contact with its leader, n2\S+ · leader\.lost /);
});

test('nothing of what others said acts on a terminal that shows the log, as JSON or in colour', () => {
  const hostile = 'a\u001b]0;owned\u0007\u009b2J\u202eb\u007f\r\ud83d';
  const lines: string[] = [];
  const log = pino({ ...fieldOptions, base: { node: 'n1' } }, { write: (line) => void lines.push(line) });
  const error = Object.assign(new Error(hostile, { cause: new Error(hostile) }), { code: hostile, facts: { [hostile]: [hostile] } });
  log.error({ caller: hostile, nested: { list: [hostile] }, count: 1, isTrue: true, none: null }, 'stream.refused');
  log.error({ err: error, url: hostile }, 'request.failed');
  assert.equal(lines.length, 2);
  for (const line of lines) {
    const pretty = prettyFactory({ ...prettyOptions, colorize: false })(line);
    for (const text of [line, pretty]) assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u);
    assert.match(line, /\\u001b]0;owned/);
  }
  const { count, isTrue, none } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.deepEqual([count, isTrue, none], [1, true, null]);
  // A stack keeps its lines.
  assert.match((JSON.parse(lines[1] ?? '') as { err: { stack: string } }).err.stack, /\n {4}at /);
});
