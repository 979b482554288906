import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whileShown } from './while-shown.ts';

function pageThatIs(visibilityState: DocumentVisibilityState) {
  const told: string[] = [];
  let look = (): void => undefined;
  let waiting: (() => void) | undefined;
  const page = { visibilityState, addEventListener: (_type: string, listener: () => void) => void (look = listener) };
  const after = (_ms: number, call: () => void): (() => void) => {
    waiting = call;
    return () => (waiting = undefined);
  };
  whileShown({ begin: () => told.push('begin'), end: () => told.push('end') }, page, after);
  return {
    told,
    turn: (state: DocumentVisibilityState) => {
      page.visibilityState = state;
      look();
    },
    waitLong: () => {
      waiting?.();
      waiting = undefined;
    },
  };
}

test('a tab that nobody looks at holds nothing, and has it again when it is looked at', () => {
  const { told, turn, waitLong } = pageThatIs('visible');
  turn('hidden');
  assert.deepEqual(told, ['begin']);
  waitLong();
  assert.deepEqual(told, ['begin', 'end']);
  turn('visible');
  assert.deepEqual(told, ['begin', 'end', 'begin']);
});

test('who is back soon finds it as it was', () => {
  const { told, turn, waitLong } = pageThatIs('visible');
  turn('hidden');
  turn('visible');
  waitLong();
  assert.deepEqual(told, ['begin']);
});

test('a tab that was opened in the background waits until it is looked at', () => {
  const { told, turn, waitLong } = pageThatIs('hidden');
  waitLong();
  turn('hidden');
  assert.deepEqual(told, []);
  turn('visible');
  assert.deepEqual(told, ['begin']);
});
