import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Announcer } from './announcer.ts';

test('that a node died, and that another one leads, is said once each', () => {
  const announcer = new Announcer();
  assert.equal(announcer.next(['n1 leads epoch 1', '3 of 3 nodes healthy']), 'n1 leads epoch 1. 3 of 3 nodes healthy.');
  assert.equal(
    announcer.next(['Read-only: no node leads', 'n1 is down', 'The others are electing a leader']),
    'Read-only: no node leads. n1 is down. The others are electing a leader.',
  );
  assert.equal(announcer.next(['n1 is down', 'w=all waits', 'n2 leads epoch 2']), 'w=all waits. n2 leads epoch 2.');
  assert.equal(announcer.next(['n1 is down', 'w=all waits', 'n2 leads epoch 2']), undefined);
  assert.equal(announcer.next(['n2 leads epoch 2', '3 of 3 nodes healthy']), '3 of 3 nodes healthy.');
});

test('what comes again after it was gone is said again', () => {
  const announcer = new Announcer();
  const all = [['n1 is down'], ['3 of 3 nodes healthy'], ['n1 is down']];
  assert.deepEqual(
    all.map((pieces) => announcer.next(pieces)),
    ['n1 is down.', '3 of 3 nodes healthy.', 'n1 is down.'],
  );
});
