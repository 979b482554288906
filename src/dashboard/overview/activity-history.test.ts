import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActivityHistory } from './activity-history.ts';

test('an entry is held by a node at the first moment whose end is beyond it', () => {
  const history = new ActivityHistory();
  history.take([
    { at: 1, kind: 'held', node: 'n2', end: 5 },
    { at: 2, kind: 'held', node: 'n2', end: 9 },
  ]);
  assert.equal(history.heldAt('n2', 4), 1);
  assert.equal(history.heldAt('n2', 5), 2);
  assert.equal(history.heldAt('n2', 8), 2);
  assert.equal(history.heldAt('n2', 9), undefined);
  assert.equal(history.heldAt('n3', 0), undefined);
});

test('an end that goes back takes back what was beyond it', () => {
  const history = new ActivityHistory();
  history.take([
    { at: 1, kind: 'held', node: 'n2', end: 5 },
    { at: 2, kind: 'held', node: 'n2', end: 9 },
    { at: 3, kind: 'held', node: 'n2', end: 6 },
  ]);
  assert.equal(history.heldAt('n2', 4), 1);
  assert.equal(history.heldAt('n2', 5), 3);
  assert.equal(history.heldAt('n2', 8), undefined);
});

test('a moment that says nothing new does not move the first one', () => {
  const history = new ActivityHistory();
  history.take([
    { at: 1, kind: 'committed', end: 5 },
    { at: 2, kind: 'committed', end: 5 },
  ]);
  assert.equal(history.committedAt(4), 1);
});

test('what is kept is bounded, and the newest stays', () => {
  const history = new ActivityHistory();
  for (let end = 1; end <= 20_000; end += 1) history.take([{ at: end, kind: 'placed', start: end - 1, end }]);
  assert.equal(history.placedAt(19_999), 20_000);
  assert.ok(history.placingsSince(0).length <= 4000);
  assert.deepEqual(
    history.placingsSince(19_999).map(({ end }) => end),
    [19_999, 20_000],
  );
});

test('the last delay of a node is that of the newest entry it holds', () => {
  const history = new ActivityHistory();
  history.take([
    { at: 10, kind: 'placed', start: 0, end: 3 },
    { at: 20, kind: 'placed', start: 3, end: 4 },
    { at: 2010, kind: 'held', node: 'n2', end: 3 },
  ]);
  assert.equal(history.lastDelayOf('n2'), 2000);
  history.take([{ at: 2015, kind: 'held', node: 'n2', end: 4 }]);
  assert.equal(history.lastDelayOf('n2'), 1995);
  assert.equal(history.lastDelayOf('n3'), undefined);
});
