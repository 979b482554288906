import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlacedAppends } from './placed-appends.ts';

const had = (appends: PlacedAppends<string>, reader: string, end: number): string =>
  appends
    .upTo(reader, end)
    .map(({ append }) => append)
    .join('');

function placed(ends: Readonly<Record<string, number>>, placedAt = 0): PlacedAppends<string> {
  const appends = new PlacedAppends<string>();
  for (const [append, end] of Object.entries(ends)) appends.add({ append, end, placedAt });
  return appends;
}

test('each reader has each append once, as soon as it has come to its end', () => {
  const appends = placed({ a: 2, b: 3, c: 7 });
  assert.equal(had(appends, 'n2', 1), '');
  assert.equal(had(appends, 'n2', 2), 'a');
  assert.equal(had(appends, 'n3', 6), 'ab');
  assert.equal(had(appends, 'n2', 7), 'bc');
  assert.equal(had(appends, 'n2', 7), '');
  appends.add({ append: 'd', end: 9, placedAt: 1 });
  assert.equal(had(appends, 'n3', 9), 'cd');
});

test('a place that is taken a second time means that what had it was cut', () => {
  const appends = placed({ a: 1, b: 2, c: 3 });
  assert.equal(had(appends, 'n2', 1), 'a');
  appends.add({ append: 'd', end: 2, placedAt: 0 });
  assert.equal(had(appends, 'n2', 5), 'd');
  assert.equal(had(appends, 'n3', 5), 'd');
});

test('what is old is let go, and there are never more than so many', () => {
  const appends = placed({ a: 1, b: 2, c: 3 });
  assert.equal(had(appends, 'n2', 1), 'a');
  appends.add({ append: 'd', end: 4, placedAt: 10_000 });
  assert.equal(appends.count, 2);
  assert.equal(had(appends, 'n2', 9), 'cd');
  for (let end = 5; end < 50_000; end += 1) appends.add({ append: 'x', end, placedAt: 10_000 });
  assert.ok(appends.count <= 8192);
  assert.equal(had(appends, 'n2', 50_000), 'x'.repeat(appends.count));
});
