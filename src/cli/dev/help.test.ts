import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Coordinator } from '../../lab/node-plans.ts';
import { planNodes } from '../../lab/node-plans.ts';
import { startLines } from './help.ts';

function plan(coordinator: Coordinator): Parameters<typeof startLines>[0] {
  const [root, ports] = ['data/dev', [5000, 5001, 5002]];
  return { coordinator, root, nodes: planNodes({ coordinator, root, ports, labPort: 5080, delaysMs: [], logLevel: 'info' }) };
}

test('where nodes are equal, what is to be typed first asks nodes other than the one to be killed first', () => {
  assert.deepEqual(startLines(plan('elections'), { leader: 'n1', entryCount: 0, isInCheckout: true }), [
    'In another terminal, write something, and read it from another node:',
    '  ./bin/rlog append Hello',
    '  curl localhost:5002/messages',
    'Then press 1 here to kill n1, and see which node takes over. ? tells more.',
  ]);
});

test('with a master, a message is written to it, read from a secondary, and that one is killed', () => {
  assert.deepEqual(startLines(plan('static'), { leader: 'master', entryCount: 0, isInCheckout: false }).slice(1), [
    '  rlog append Hello',
    '  curl localhost:5001/messages',
    'Then press 2 here to kill secondary1, and see which appends wait for it. ? tells more.',
  ]);
});

test('a log that goes on is announced, and how to begin anew', () => {
  const [first] = startLines(plan('elections'), { leader: 'n1', entryCount: 231, isInCheckout: true });
  assert.equal(first, 'The log of last time goes on, with 231 entries. --fresh deletes data/dev and begins anew.');
});
