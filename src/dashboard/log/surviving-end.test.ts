import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health } from '../../api/health.ts';
import { survivingEnd } from './surviving-end.ts';

function health({ epoch = 1, logEnd = 10, committedEnd = 8, storage = 'disk' }): Health {
  const ends = { logEnd, durableEnd: logEnd, committedEnd, visibleEnd: logEnd };
  return { epoch, ends, storage, cluster: 'c' } as Health; // what is not looked at is left out
}

test('a log that grows keeps all that was read', () => {
  assert.equal(survivingEnd(undefined, health({})), undefined);
  assert.equal(survivingEnd(health({}), health({ logEnd: 20 })), undefined);
});

test('under another epoch only what was committed is surely the same', () => {
  assert.equal(survivingEnd(health({ committedEnd: 8 }), health({ epoch: 2, logEnd: 30 })), 8);
});

test('an end that goes down cuts', () => {
  assert.equal(survivingEnd(health({ logEnd: 10 }), health({ logEnd: 6 })), 6);
  assert.equal(survivingEnd(health({ logEnd: 10, committedEnd: 8 }), health({ epoch: 2, logEnd: 6 })), 6);
});

test('another disk is another log', () => {
  assert.equal(survivingEnd(health({}), health({ storage: 'new disk' })), 0);
});
