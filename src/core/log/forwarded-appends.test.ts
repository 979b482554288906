import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ForwardedAppends } from './forwarded-appends.ts';
import { forwardLimits, identityOf, keyOfIdentity } from '../model/forward-identity.ts';
import type { ForwardLimits } from '../model/forward-identity.ts';
import { batchNumber, logAge, offset } from '../model/numbers.ts';

const minutes = 60_000;

function memory(limits: Partial<ForwardLimits> = {}) {
  const appends = new ForwardedAppends({ ...forwardLimits, ...limits });
  let end = 0;
  return {
    appends,
    /** Each append gets a batch and an offset of its own. */
    add: (forwarder: number, number: number, age = 0): number => {
      appends.add({ ...keyOfIdentity({ forwarder, number }, 1), offset: offset(end) }, { number: batchNumber(end), age: logAge(age) });
      return end++;
    },
    find: (forwarder: number, number: number): number | 'forgotten' | undefined => {
      const found = appends.find({ forwarder, number }, 1);
      return found === 'forgotten' ? found : found?.offset;
    },
  };
}

test('an identity can be read back from its key, whatever its numbers, and a client key is not an identity', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const identity = { forwarder: a % 2 ** 48, number: b % 2 ** 48 };
      assert.deepEqual(identityOf(keyOfIdentity(identity, 3)), identity);
    }),
  );
  assert.equal(identityOf({ fingerprint: new Uint8Array(16), digest: new Uint8Array(16).fill(1, 15) }), undefined);
});

test('an append is found by its forwarder and its number, and by nothing else', () => {
  const { add, find, appends } = memory();
  add(1, 0);
  const at = add(1, 5);
  add(2, 5);
  assert.equal(find(1, 5), at);
  assert.equal(find(1, 4), undefined);
  assert.equal(find(3, 5), undefined);
  assert.deepEqual(appends.find({ forwarder: 1, number: 5 }, 2), {
    offset: at,
    number: at,
    entryCount: 1,
    // An append with another number of messages cannot be the same.
    isSameMessage: false,
  });
});

test('appends are known in whatever order they came, and one that was pushed out is forgotten, never taken for new', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 300 }), (numbers) => {
      const { add, find, appends } = memory({ ofForwarderMax: 128 });
      const places = new Map<number, number>();
      for (const number of new Set(numbers)) {
        // Like a leader, which gives no place to what it may already have.
        if (find(7, number) === undefined) places.set(number, add(7, number));
      }
      const highest = Math.max(...places.keys());
      for (const [number, at] of places) {
        const found = find(7, number);
        assert.ok(found === at || found === 'forgotten', `${number} is at ${at}, and ${found} was found`);
        if (number > highest - 128) assert.equal(found, at);
      }
      assert.ok(appends.room <= 128);
    }),
  );
});

test('a cut removes the appends that are cut, and no others', () => {
  const { add, find, appends } = memory();
  const places = Array.from({ length: 100 }, (_unused, number) => add(number % 2, number));
  appends.cut(offset(60));
  assert.deepEqual(
    places.map((_at, number) => find(number % 2, number)),
    places.map((at) => (at < 60 ? at : undefined)),
  );
  assert.equal(appends.newest, 59);
  appends.cut(offset(0));
  assert.equal(appends.newest, -1);
});

test('a ring grows rather than push out appends within the window, up to its limit; older ones are pushed out without growth', () => {
  const { add, find, appends } = memory({ windowMs: 15 * minutes });
  for (let number = 0; number < 1000; number += 1) add(1, number, 5);
  assert.equal(find(1, 0), 0);
  assert.equal(appends.room, 1024);
  for (let number = 1000; number < 3000; number += 1) add(1, number, 5 + 17 + Math.floor((number - 1000) / 50));
  assert.equal(appends.room, 1024);
  assert.equal(find(1, 0), 'forgotten');
});

test('memory is bounded: the forwarder that has been silent longest keeps its highest few, and the others count as forgotten', () => {
  const { add, find, appends } = memory({ appendsMax: 4096, ofForwarderMax: 2048 });
  for (const forwarder of [1, 2, 3, 4]) for (let number = 0; number < 2000; number += 1) add(forwarder, number, forwarder);
  assert.ok(appends.room <= 4096, `${appends.room} places`);
  assert.deepEqual([find(1, 100), find(1, 1999)], ['forgotten', 1999]);
  assert.equal(find(4, 100), 6100);
  for (let forwarder = 10; forwarder < 2000; forwarder += 1) add(forwarder, 0, 5);
  assert.ok(appends.room <= 4096 + 64 * 512, `${appends.room} places`);
});

test('a forwarder that has been silent for the window makes room', () => {
  const { add, find, appends } = memory({ windowMs: 15 * minutes });
  add(1, 0, 0);
  add(2, 0, 10);
  add(3, 0, 17);
  assert.deepEqual([find(1, 0), find(2, 0)], [undefined, 1]);
  assert.equal(appends.room, 128);
});
