import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../api/activity.ts';
import { SampleStore } from './sample-store.ts';
import { sampleAt } from './sample.test-support.ts';

function follows(seconds: number, end: number, facts: Partial<Sample> = {}): Sample {
  return sampleAt(seconds, { role: 'follower', leader: 'master', appends: 0, entries: 0, durableEnd: end, committedEnd: end, ...facts });
}

function entriesOf(store: SampleStore): string[] {
  return store.leading().map(({ at, nodeId, epoch, entries, appends }) => `${at / 1000} ${nodeId} ${epoch}: ${entries}, ${appends}`);
}

test('what the leader forgot when it was restarted is told by who followed it', () => {
  const store = new SampleStore();
  store.add('s1', [follows(1, 10), follows(2, 30), follows(3, 60), follows(4, 60, { leader: null }), follows(5, 60, { leader: null })]);
  store.add('s2', [follows(1, 10), follows(2, 29), follows(3, 50), follows(4, 60, { leader: null })]);
  store.add('master', [sampleAt(6, { epoch: 2, appends: 2, entries: 5 })]);
  assert.deepEqual(entriesOf(store), ['2 master 1: 20, null', '3 master 1: 30, null', '6 master 2: 5, 2']);
  assert.deepEqual(store.leading()[1]?.lagEntries, { s1: 0, s2: 10 });
  assert.equal(store.leading()[1]?.p99Ms, null);
});

test('what the leader tells itself counts', () => {
  const store = new SampleStore();
  store.add('s1', [follows(1, 10), follows(2.05, 30)]);
  store.add('master', [sampleAt(1), sampleAt(2, { appends: 7, entries: 21 })]);
  assert.deepEqual(entriesOf(store), ['1 master 1: 1, 1', '2 master 1: 21, 7']);
});

test('a node of an earlier version, which does not say how far it is, is no help and no harm', () => {
  const store = new SampleStore();
  const { committedEnd: _c, durableEnd: _d, leader: _l, ...older } = follows(1, 10);
  store.add('s1', [older as Sample]);
  assert.deepEqual(store.leading(), []);
});
