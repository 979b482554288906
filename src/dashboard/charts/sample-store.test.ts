import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleStore } from './sample-store.ts';
import { sampleAt } from './sample.test-support.ts';

function leaders(sampleStore: SampleStore): string[] {
  return sampleStore.leading().map(({ at, nodeId, epoch }) => `${at / 1000} ${nodeId} ${epoch}`);
}

test('the samples of the next leader follow those of the last one', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('a', [sampleAt(1), sampleAt(2), sampleAt(5, { role: 'follower', epoch: 2 })]);
  sampleStore.add('b', [sampleAt(2, { role: 'follower' }), sampleAt(4, { epoch: 2 }), sampleAt(5, { epoch: 2 })]);
  assert.deepEqual(leaders(sampleStore), ['1 a 1', '2 a 1', '4 b 2', '5 b 2']);
});

test('of two that say they lead the higher epoch counts', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('old', [sampleAt(1), sampleAt(2.1), sampleAt(3.1)]);
  sampleStore.add('new', [sampleAt(2, { epoch: 2 }), sampleAt(3, { epoch: 2 })]);
  assert.deepEqual(leaders(sampleStore), ['1 old 1', '2 new 2', '3 new 2']);
});

test('what was heard of a leader stays when it has forgotten it', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('a', [sampleAt(1), sampleAt(2)]);
  sampleStore.add('b', [sampleAt(2, { role: 'follower', leader: 'a' })]);
  // It was restarted: its history begins anew.
  sampleStore.add('a', []);
  sampleStore.add('a', [sampleAt(9, { epoch: 2 })]);
  assert.deepEqual(
    sampleStore.leading().map(({ at, p99Ms }) => [at / 1000, p99Ms]),
    [
      [1, 3],
      [2, 3],
      [9, 3],
    ],
  );
});

test('a log that is begun anew is seen, though its epochs are low again', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('a', [sampleAt(1, { epoch: 7 }), sampleAt(10), sampleAt(11)]);
  assert.deepEqual(leaders(sampleStore), ['1 a 7', '10 a 1', '11 a 1']);
});

test('a sample that is told twice counts once', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('a', [sampleAt(1), sampleAt(2)]);
  sampleStore.add('a', [sampleAt(2), sampleAt(3)]);
  assert.equal(sampleStore.leading().length, 3);
});

test('what is older than fifteen minutes is forgotten', () => {
  const sampleStore = new SampleStore();
  sampleStore.add('a', [sampleAt(0), sampleAt(100), sampleAt(950)]);
  assert.deepEqual(leaders(sampleStore), ['100 a 1', '950 a 1']);
});
