import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { IdleSearch } from './idle-search.ts';

test('idle connections are found, the longest idle first', () => {
  const [a, b, c] = [new Socket(), new Socket(), new Socket()];
  const since = new Map([
    [a, 30],
    [c, 10],
  ]);
  assert.deepEqual(new IdleSearch().find({ among: [a, b, c], idleSince: (socket) => since.get(socket) }), [c, a]);
});

test('a long search that found nothing is not repeated at once', () => {
  let [now, looked] = [0, 0];
  const search = new IdleSearch(() => now);
  const look = (): void => {
    search.find({
      among: [new Socket()],
      idleSince: () => {
        looked += 1;
        now += 5;
        return undefined;
      },
    });
  };
  look();
  now += 49;
  look();
  assert.equal(looked, 1);
  now += 1;
  look();
  assert.equal(looked, 2);
});
