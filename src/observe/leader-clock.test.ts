import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, nodeId } from '../core/model/numbers.ts';
import type { LeaderHint } from '../core/model/messages.ts';
import { LeaderClock } from './leader-clock.ts';

test('it tells since when a leader has been known, or for how long none has been', () => {
  const n1: LeaderHint = { id: nodeId('n1'), url: 'http://n1', epoch: epoch(3) };
  let now = 100;
  let told = (leader: LeaderHint | undefined): void => assert.fail(`no watcher for ${leader?.id}`);
  const clock = new LeaderClock({
    driver: {
      leader: undefined,
      watchLeader: (watcher) => {
        told = watcher;
        return () => undefined;
      },
    },
    now: () => now,
    wallClock: () => 1_000_000 + now,
  });
  now = 350;
  assert.deepEqual([clock.leaderSince, clock.leaderlessMs], [null, 250]);
  told(n1);
  now = 500;
  assert.deepEqual([clock.leaderSince, clock.leaderlessMs], ['1970-01-01T00:16:40.350Z', 0]);
  told({ ...n1, epoch: epoch(4) });
  assert.equal(clock.leaderSince, '1970-01-01T00:16:40.500Z');
  told(undefined);
  now = 700;
  assert.deepEqual([clock.leaderSince, clock.leaderlessMs], [null, 200]);
});
