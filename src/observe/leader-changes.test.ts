import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaderChanges } from './leader-changes.ts';

/** @returns how often the node came to lead, by reason, without those that did not occur */
function countsOf(...events: readonly string[]): Record<string, number> {
  const changes = new LeaderChanges();
  for (const event of events) changes.logged(event);
  return Object.fromEntries([...changes.counts].filter(([, count]) => count > 0));
}

test('whoever lost its leader and won a poll came to lead by that, however many campaigns it took', () => {
  assert.deepEqual(countsOf('leader.followed', 'leader.lost', 'poll.started', 'campaign.started', 'epoch.began'), { poll: 1 });
  assert.deepEqual(countsOf('leader.followed', 'poll.started', 'leader.lost', 'campaign.started', 'campaign.started', 'epoch.began'), {
    poll: 1,
  });
});

test('whoever campaigns while it follows a leader was handed its place, also if that one hangs up before it leads', () => {
  assert.deepEqual(countsOf('leader.followed', 'campaign.started', 'leader.lost', 'epoch.began'), { 'hand-over': 1 });
  // What became of an earlier poll does not matter.
  assert.deepEqual(countsOf('poll.started', 'campaign.started', 'leader.followed', 'campaign.started', 'epoch.began'), { 'hand-over': 1 });
});

test('an operator who does not ask the leader forces it', () => {
  assert.deepEqual(countsOf('leader.followed', 'leadership.forced', 'campaign.started', 'epoch.began'), { forced: 1 });
});

test('a master that starts, and one that starts its next epoch, was named', () => {
  assert.deepEqual(countsOf('campaign.started', 'epoch.began', 'epoch.ended', 'campaign.started', 'epoch.began'), { named: 2 });
});

test('each reason counts for itself', () => {
  const elected = ['leader.lost', 'poll.started', 'campaign.started', 'epoch.began'];
  const handed = ['leader.followed', 'campaign.started', 'epoch.began'];
  assert.deepEqual(countsOf(...elected, ...handed, ...elected), { poll: 2, 'hand-over': 1 });
});
