import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { IdempotencyIndex } from './idempotency-index.ts';
import { batchNumber, offset, logAge } from '../model/numbers.ts';
import { Random } from '../../sim/world/random.ts';

const minuteMs = 60_000;

function bytes(text: string): Uint8Array {
  return Buffer.from(text.padEnd(16, '.'), 'latin1');
}

const hashes = new Map<string, Uint8Array>();

/** As evenly spread as the fingerprints of a real log. */
function hash(key: string): Uint8Array {
  const known = hashes.get(key) ?? createHash('sha256').update(key).digest().subarray(0, 16);
  hashes.set(key, known);
  return known;
}

interface Entry {
  readonly key: string;
  readonly age: number;
}

/** A slow search of the log up to its end, which defines what must be found. */
function findSlowly(
  log: readonly Entry[],
  key: string,
  limits: { readonly keysMax: number; readonly windowMs: number },
): number | undefined {
  const last = log.at(-1)?.age ?? 0;
  const inWindow = log.map((entry, at) => ({ ...entry, at })).slice(-limits.keysMax);
  return inWindow.filter((entry) => entry.key === key && (last - entry.age - 1) * minuteMs < limits.windowMs).at(-1)?.at;
}

test('a key in the window is found, with the offset that it got and whether the message is the same', () => {
  const index = new IdempotencyIndex({ keysMax: 2, windowMs: 100 * minuteMs });
  const add = (key: string, at: number, time: number): void =>
    index.add(
      { fingerprint: bytes(key), digest: bytes(`message ${at}`), entryCount: 3, offset: offset(at) },
      { number: batchNumber(at), age: logAge(time) },
    );
  const find = (key: string, digest: string, now: number) => index.find({ fingerprint: bytes(key), digest: bytes(digest) }, logAge(now));
  add('a', 0, 10);
  assert.deepEqual(find('a', 'message 0', 10), { offset: 0, number: 0, entryCount: 3, isSameMessage: true });
  assert.equal(find('a', 'another', 10)?.isSameMessage, false);
  assert.equal(find('b', 'message 0', 10), undefined);
  assert.equal(find('a', 'message 0', 110)?.offset, 0, 'a hundred minutes may not have passed yet');
  assert.equal(find('a', 'message 0', 111), undefined, 'the log has been led for a hundred minutes since');
  add('b', 3, 20);
  add('c', 6, 30);
  assert.equal(find('a', 'message 0', 30), undefined, 'two keys came after it');
  index.cut(offset(6));
  assert.equal(find('a', 'message 0', 30)?.offset, 0, 'a cut brings back what it had pushed out');
});

test('which keys are found depends only on the log up to its end, not on what was appended, cut and committed on the way', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), key: keys, step: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), by: fc.nat(6) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), by: fc.nat(8) }) },
  );
  const limits = { keysMax: 5, windowMs: 60 * minuteMs };
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const index = new IdempotencyIndex(limits);
      const log: Entry[] = [];
      let committed = 0;
      for (const step of actions) {
        if (step.kind === 'append') {
          const age = (log.at(-1)?.age ?? 0) + step.step;
          const at = log.length;
          log.push({ key: step.key, age });
          index.add(
            { fingerprint: bytes(step.key), digest: bytes('same'), entryCount: 1, offset: offset(at) },
            { number: batchNumber(at), age: logAge(age) },
          );
        } else if (step.kind === 'cut') {
          log.length = Math.max(committed, log.length - step.by);
          index.cut(offset(log.length));
        } else {
          committed = Math.min(log.length, committed + step.by);
          index.evict(offset(committed));
        }
        const now = logAge(log.at(-1)?.age ?? 0);
        for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
          const found = index.find({ fingerprint: bytes(key), digest: bytes('same') }, now);
          assert.equal(found?.offset, findSlowly(log, key, limits));
        }
      }
    }),
  );
});

test('the same holds for thousands of keys', () => {
  const limits = { keysMax: 1500, windowMs: 1e9 * minuteMs };
  const index = new IdempotencyIndex(limits);
  const log: Entry[] = [];
  const random = new Random(1);
  let committed = 0;
  for (let round = 0; round < 60; round += 1) {
    for (let n = random.between(0, 400); n > 0; n -= 1) {
      const key = `key ${random.between(0, 2999)}`;
      index.add(
        { fingerprint: hash(key), digest: bytes('same'), entryCount: 1, offset: offset(log.length) },
        { number: batchNumber(log.length), age: logAge(round) },
      );
      log.push({ key, age: round });
    }
    if (random.chance(0.3)) log.length = Math.max(committed, log.length - random.between(0, 800));
    index.cut(offset(log.length));
    if (random.chance(0.5)) committed = Math.max(committed, log.length - random.between(0, 500));
    index.evict(offset(committed));
    const last = new Map(log.map(({ key }, at) => [key, at]));
    for (let n = 0; n < 3000; n += 1) {
      const at = last.get(`key ${n}`);
      const expected = at !== undefined && at >= log.length - limits.keysMax ? at : undefined;
      const found = index.find({ fingerprint: hash(`key ${n}`), digest: bytes('same') }, logAge(round))?.offset;
      if (found !== expected) assert.fail(`key ${n} is found at ${found}, and not at ${expected}`);
    }
  }
  assert.ok(log.length > 2 * limits.keysMax, `${log.length} keys were added and not cut`);
});

test('keys that the committed log has pushed out of the window are deleted', () => {
  const index = new IdempotencyIndex({ keysMax: 10, windowMs: 1000 * minuteMs });
  for (let n = 0; n < 1000; n += 1) {
    index.add(
      { fingerprint: bytes(`key ${n}`), digest: bytes('x'), entryCount: 1, offset: offset(n) },
      { number: batchNumber(n), age: logAge(n) },
    );
    index.evict(offset(n));
  }
  assert.ok(index.size <= 12, `${index.size} keys are held`);
});
