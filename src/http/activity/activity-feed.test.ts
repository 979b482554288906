import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { mock, test } from 'node:test';
import { usualSettings } from '../../api/health.test-support.ts';
import { epoch, instantMs, nodeId, offset, storageId } from '../../core/model/numbers.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import type { AnsweredAppend } from '../../driver/observer.ts';
import { ActivityFeed } from './activity-feed.ts';

const leader: ReplicaStatus = {
  id: nodeId('n1'),
  role: 'leader',
  clusterId: null,
  storageId: storageId('s1'),
  epoch: epoch(1),
  leader: undefined,
  deposedBy: undefined,
  isConfirmed: true,
  quorumAgeMs: 0,
  isElectable: true,
  notElectable: [],
  tolerates: 1,
  election: undefined,
  firstOffset: offset(0),
  baseOffset: offset(0),
  logEnd: offset(0),
  durableEnd: offset(0),
  committedEnd: offset(0),
  visibleEnd: offset(0),
  refusal: undefined,
  waitingFor: [],
  members: [],
  waitingAppends: 0,
  canStore: true,
  lacks: undefined,
  stall: undefined,
  datedAheadMs: 0,
  clockDoubtedMs: 0,
  clockSpreadMs: 0,
  isRetentionHeld: false,
};

const answered: Omit<AnsweredAppend, 'at'> = { offset: 0, entryCount: 1, w: 2, acks: 2, ms: 1, code: undefined };

/** A node whose status and `committedEnd` the test sets. */
class FakeNode {
  status = leader;
  committedEnd = 0;
  watcherCount = 0;
  readonly activity = new ActivityFeed({
    id: 'n1',
    status: () => this.status,
    healthFacts: () => ({
      leaderSince: null,
      disk: null,
      oldestAt: null,
      retention: { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 1 },
      startedAt: '2026-01-01T00:00:00.000Z',
      settings: usualSettings,
      certificateEndsAt: null,
    }),
    committedEnd: () => this.committedEnd,
    watchEnds: () => {
      this.watcherCount += 1;
      return () => void (this.watcherCount -= 1);
    },
  });

  listen(): {
    readonly stream: PassThrough;
    readonly frames: () => { health?: unknown; moments: { kind: string; at: number; end: number }[] }[];
  } {
    const stream = new PassThrough();
    this.activity.listen(stream as unknown as Socket, '/activity');
    let text = '';
    const frames = (): ReturnType<ReturnType<FakeNode['listen']>['frames']> => {
      text += String(stream.read() ?? '');
      const data = text.split('\n\n').filter((event) => event.startsWith('event: frame'));
      return data.map((event) => JSON.parse(event.slice(event.indexOf('{'))) as ReturnType<typeof frames>[number]);
    };
    return { stream, frames };
  }
}

test('a listener hears nothing of what happened before it came, and nothing is recorded once the last one has left', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  node.activity.observer.flushed({ end: offset(1), ms: 1 });
  assert.equal(node.watcherCount, 0);
  const { stream, frames } = node.listen();
  assert.equal(node.watcherCount, 1);
  node.activity.observer.flushed({ end: offset(2), ms: 1 });
  mock.timers.tick(100);
  assert.deepEqual(
    frames().map(({ moments }) => moments.map(({ kind, end }) => [kind, end])),
    [[], [['held', 2]]],
  );
  stream.emit('close');
  assert.equal(node.watcherCount, 0);
  node.activity.observer.flushed({ end: offset(3), ms: 1 });
  const next = node.listen();
  mock.timers.tick(1000);
  assert.ok(next.frames().every(({ moments }) => moments.length === 0));
});

test('the commit comes before the answer that it led to, and a flush without entries is not reported', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  const { frames } = node.listen();
  const { observer } = node.activity;
  observer.flushed({ end: offset(1), ms: 1 });
  observer.flushed({ end: offset(1), ms: 1 });
  observer.acknowledged({ follower: nodeId('n2'), end: offset(1), ms: 1 });
  node.committedEnd = 1;
  observer.answered({ ...answered, at: instantMs(performance.now()) });
  mock.timers.tick(100);
  assert.deepEqual(
    frames()
      .at(-1)
      ?.moments.map(({ kind }) => kind),
    ['held', 'held', 'committed', 'answered'],
  );
});

test('an answer carries the time at which it was given, however late it is reported', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  const { frames } = node.listen();
  const at = performance.now() - 40;
  node.activity.observer.answered({ ...answered, at: instantMs(at) });
  mock.timers.tick(100);
  const [moment] = frames().at(-1)?.moments ?? [];
  assert.ok(Math.abs((moment?.at ?? Number.NaN) - performance.timeOrigin - at) < 0.01);
});

test('health goes to a listener only when it differs from what that listener got last', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  const early = node.listen();
  node.status = { ...leader, waitingAppends: 1 };
  const late = node.listen();
  mock.timers.tick(100);
  mock.timers.tick(800);
  assert.equal(early.frames().length, 2, 'a quiet node sends one frame a second');
  mock.timers.tick(100);
  const withHealth = (of: typeof early): boolean[] => of.frames().map(({ health }) => health !== undefined);
  assert.deepEqual(
    [withHealth(early), withHealth(late)],
    [
      [true, true, false],
      [true, false, false],
    ],
  );
});

test('log events go to the listeners, and the latest ones are kept for those that come later', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  node.activity.observer.logged({ level: 'info', event: 'epoch.began', facts: { epoch: 2 } });
  const { frames } = node.listen();
  mock.timers.tick(100);
  assert.ok(
    frames().every((frame) => !('events' in frame)),
    'earlier events are in the history',
  );
  node.activity.observer.logged({ level: 'warn', event: 'health.changed', facts: { member: 'n2' } });
  mock.timers.tick(100);
  assert.deepEqual(
    (frames().at(-1) as { events?: { event: string; facts: object }[] }).events?.map(({ event, facts }) => [event, facts]),
    [['health.changed', { member: 'n2' }]],
  );
  assert.deepEqual(
    node.activity.events.map(({ event }) => event),
    ['epoch.began', 'health.changed'],
  );
});

test('a listener that reads nothing is disconnected, and the others go on', (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const node = new FakeNode();
  const [quick, slow] = [node.listen(), node.listen()];
  for (let n = 0; n < 30; n += 1) {
    node.status = { ...leader, waitingFor: [`${n}${'x'.repeat(100_000)}`] };
    mock.timers.tick(100);
    quick.frames();
  }
  assert.equal(quick.frames().length, 31);
  assert.ok(slow.stream.writableEnded && !quick.stream.writableEnded);
  assert.match(String(slow.stream.read()), /event: end\ndata: .*"listener-too-slow"/);
});
