import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, instantMs, nodeId, offset } from '../core/model/numbers.ts';
import type { MemberStatus } from '../core/status.ts';
import type { AnsweredAppend } from '../driver/observer.ts';
import { Samples } from './samples.ts';

function member(id: string, lag: number | undefined): MemberStatus {
  return {
    id: nodeId(id),
    url: `http://${id}`,
    state: 'member',
    health: 'healthy',
    durableEnd: lag === undefined ? undefined : offset(9),
    lagEntries: lag,
    lagMs: lag,
  };
}

const leader = {
  id: nodeId('n1'),
  members: [member('n1', 0)],
  epoch: epoch(3),
  role: 'leader',
  leader: { id: nodeId('n1'), url: 'http://n1', epoch: epoch(3) },
  durableEnd: offset(12),
  committedEnd: offset(11),
} as const;
const acknowledged: AnsweredAppend = { offset: 0, entryCount: 1, w: 'all', acks: 3, at: instantMs(1), ms: 1, code: undefined };

test('a sample counts what was answered since the last one', () => {
  const samples = new Samples();
  samples.answered(acknowledged);
  samples.answered({ ...acknowledged, entryCount: 10, ms: 100 });
  samples.answered({ ...acknowledged, offset: undefined, acks: 0, ms: 30_000, code: 'no-quorum' });
  const { appends, entries, refused, p50Ms, p90Ms, p99Ms } = samples.take(1000, leader);
  assert.deepEqual([appends, entries, refused], [2, 11, 1]);
  assert.ok(p50Ms !== null && Math.abs(p50Ms - 1) < 0.03);
  assert.ok(p90Ms !== null && p90Ms === p99Ms && Math.abs(p90Ms - 100) < 3, 'refusals are not in the latencies');
  const { at, epoch: inEpoch, role, lagEntries, lagMs } = leaderless(samples);
  assert.deepEqual({ at, inEpoch, role, lagEntries, lagMs }, { at: 2000, inEpoch: 3, role: 'follower', lagEntries: {}, lagMs: {} });
});

function leaderless(samples: Samples): ReturnType<Samples['take']> {
  const sample = samples.take(2000, { ...leader, role: 'follower', members: [member('n1', undefined), member('n2', undefined)] });
  assert.deepEqual([sample.appends, sample.entries, sample.refused, sample.p50Ms, sample.p99Ms], [0, 0, 0, null, null]);
  return sample;
}

test('a sample has the known lags of followers', () => {
  const sample = new Samples().take(0, { ...leader, members: [member('n1', 0), member('n2', 7), member('n3', undefined)] });
  assert.deepEqual([sample.lagEntries, sample.lagMs], [{ n2: 7 }, { n2: 7 }]);
});

test('the sample of a follower has the leader, and how far its log goes', () => {
  const sample = new Samples().take(0, { ...leader, id: nodeId('n2'), role: 'follower' });
  assert.deepEqual([sample.leader, sample.durableEnd, sample.committedEnd], ['n1', 12, 11]);
  assert.equal(new Samples().take(0, { ...leader, role: 'follower', leader: undefined }).leader, null);
});

test('the last 900 samples are kept, oldest first', () => {
  const samples = new Samples();
  for (let at = 0; at < 900; at += 1) samples.take(at, leader);
  assert.deepEqual([samples.all().length, samples.all().at(0)?.at, samples.all().at(-1)?.at], [900, 0, 899]);
  for (let at = 900; at < 2000; at += 1) samples.take(at, leader);
  assert.deepEqual(
    samples.all().map(({ at }) => at),
    Array.from({ length: 900 }, (_unused, n) => 1100 + n),
  );
});
