import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Coordinator } from '../../lab/node-plans.ts';
import { planNodes } from '../../lab/node-plans.ts';
import { startLines } from './help.ts';

function plan(coordinator: Coordinator): Parameters<typeof startLines>[0] {
  const [root, ports] = ['data/dev', [5000, 5001, 5002]];
  return { coordinator, root, nodes: planNodes({ coordinator, root, ports, labPort: 5080, delaysMs: [], logLevel: 'info' }) };
}

test('of equal nodes, the first commands ask other nodes than the one that is killed first', () => {
  assert.deepEqual(startLines(plan('elections'), { leader: 'n1', entryCount: 0, isInCheckout: true }), [
    'In another terminal, append a message, and read it from another node:',
    '  ./bin/rlog append Hello',
    '  curl localhost:5002/messages',
    'Then press 1 here to kill n1, and see which node takes over. ? shows help.',
  ]);
});

test('with a master, the first commands append to it and read from a secondary, which is then killed', () => {
  assert.deepEqual(startLines(plan('static'), { leader: 'master', entryCount: 0, isInCheckout: false }).slice(1), [
    '  rlog append Hello',
    '  curl localhost:5001/messages',
    'Then press 2 here to kill secondary1, and see which appends wait for it. ? shows help.',
  ]);
});

test('a log of last time is announced, and how to begin an empty one', () => {
  const [first] = startLines(plan('elections'), { leader: 'n1', entryCount: 231, isInCheckout: true });
  assert.equal(first, 'This is the log of last time, with 231 entries. --fresh deletes data/dev and begins an empty one.');
});
