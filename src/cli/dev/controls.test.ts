import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from './block.ts';
import { Controls } from './controls.ts';

function controlsOf(candidates: readonly Candidate[]) {
  const done: string[] = [];
  const controls = new Controls({
    nodeCount: 3,
    toggleNode: (index) => done.push(`toggle ${index}`),
    candidates: () => candidates,
    promote: (id) => done.push(`promote ${id}`),
    choosing: () => done.push('ask'),
    toggleWriter: () => done.push('writer'),
    toggleLogs: () => done.push('logs'),
    openPage: () => done.push('page'),
    changed: () => undefined,
  });
  const press = (keys: string): string[] => {
    for (const key of keys) controls.press(key);
    return done.splice(0);
  };
  return { controls, press };
}

const two = [
  { key: '1', id: 'n1' },
  { key: '3', id: 'n3' },
];

test('a digit kills or starts its node; after p it promotes that node, if it can lead', () => {
  const { press } = controlsOf(two);
  assert.deepEqual(press('2'), ['toggle 1']);
  assert.deepEqual(press('p3'), ['ask', 'promote n3']);
  assert.deepEqual(press('3'), ['toggle 2']);
  assert.deepEqual(press('p21'), ['ask', 'promote n1'], 'n2 leads: another digit is waited for, and nobody is killed');
});

test('a second p and Esc cancel a promotion; any other key cancels it and does what it always does', () => {
  const { controls, press } = controlsOf(two);
  assert.deepEqual(press('pp3'), ['ask', 'toggle 2']);
  assert.deepEqual(press('p\u001b3'), ['ask', 'toggle 2']);
  assert.deepEqual(press('pl3'), ['ask', 'logs', 'toggle 2']);
  assert.deepEqual(controls.candidates, []);
});

test('if only one node can lead, it is promoted at once; if none can, nothing happens', () => {
  assert.deepEqual(controlsOf([{ key: '2', id: 'n2' }]).press('p'), ['promote n2']);
  assert.deepEqual(controlsOf([]).press('p2'), ['toggle 1']);
});

test('help stays until a key is pressed, and the key does what it always does', () => {
  const { controls, press } = controlsOf(two);
  press('?');
  assert.equal(controls.isHelpShown, true);
  assert.deepEqual(press('l'), ['logs']);
  assert.equal(controls.isHelpShown, false);
  press('h?');
  assert.equal(controls.isHelpShown, false);
});

test('a starts and stops the writer, and so does w, its former key', () => {
  assert.deepEqual(controlsOf(two).press('aw'), ['writer', 'writer']);
});
