import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaderChanges } from './leader-changes.ts';

/** @returns how often the node became the leader, by reason, without reasons that did not occur */
function countsOf(...events: readonly string[]): Record<string, number> {
  const changes = new LeaderChanges();
  for (const event of events) changes.logged(event);
  return Object.fromEntries([...changes.counts].filter(([, count]) => count > 0));
}

test('a node that lost its leader and won a poll became the leader by a poll, however many campaigns it took', () => {
  assert.deepEqual(countsOf('leader.followed', 'leader.lost', 'poll.started', 'campaign.started', 'epoch.began'), { poll: 1 });
  assert.deepEqual(countsOf('leader.followed', 'poll.started', 'leader.lost', 'campaign.started', 'campaign.started', 'epoch.began'), {
    poll: 1,
  });
});

test('a node that campaigns while it follows a leader got a hand-over, even if that leader disconnects first', () => {
  assert.deepEqual(countsOf('leader.followed', 'campaign.started', 'leader.lost', 'epoch.began'), { 'hand-over': 1 });
  // An earlier poll does not matter.
  assert.deepEqual(countsOf('poll.started', 'campaign.started', 'leader.followed', 'campaign.started', 'epoch.began'), { 'hand-over': 1 });
});

test('a promotion without asking the leader is forced', () => {
  assert.deepEqual(countsOf('leader.followed', 'leadership.forced', 'campaign.started', 'epoch.began'), { forced: 1 });
});

test('a master that starts, or begins its next epoch, was named', () => {
  assert.deepEqual(countsOf('campaign.started', 'epoch.began', 'epoch.ended', 'campaign.started', 'epoch.began'), { named: 2 });
});

test('each reason is counted separately', () => {
  const elected = ['leader.lost', 'poll.started', 'campaign.started', 'epoch.began'];
  const handed = ['leader.followed', 'campaign.started', 'epoch.began'];
  assert.deepEqual(countsOf(...elected, ...handed, ...elected), { poll: 2, 'hand-over': 1 });
});
