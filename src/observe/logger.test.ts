import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prettyFactory } from 'pino-pretty';
import { prettyOptions } from './logger.ts';

const shown = (fields: Readonly<Record<string, unknown>>): string =>
  prettyFactory({ ...prettyOptions, colorize: false })(
    JSON.stringify({ level: 'info', time: '2026-01-02T03:04:05.678Z', node: 'n1', ...fields }),
  ).replace(/^\[.*?\] /, '');

test('on a terminal an event is shown as a sentence, followed by its name and facts', () => {
  assert.equal(shown({ epoch: 4, logEnd: 3, msg: 'epoch.began' }), 'INFO: Epoch 4 began: n1 leads · epoch.began {"epoch":4,"logEnd":3}\n');
  assert.equal(shown({ leader: 'n2', msg: 'follower.matched' }), 'INFO: follower.matched {"leader":"n2"}\n');
  assert.match(shown({ leader: 'n2\n\u001b[31m', msg: 'leader.lost' }), /^INFO: n1 lost contact with its leader, n2\S+ · leader\.lost /);
});
