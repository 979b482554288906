import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whatHappened } from './what-happened.ts';
import type { Sighting, Told } from './what-happened.ts';

function told(at: number, node: string, event: string, facts: Told['facts'] = {}): Told {
  return { at, node, level: 'info', event, facts };
}

function lost(at: number, member: string, by = 'master'): Told {
  return told(at, by, 'health.changed', { member, health: 'unhealthy', before: 'suspected' });
}

function healthy(at: number, member: string, before = 'unhealthy'): Told {
  return told(at, 'master', 'health.changed', { member, health: 'healthy', before });
}

function seen(at: number, node: string, isHere: boolean, isSilent = false): Sighting {
  return { at, node, isHere, isSilent };
}

function texts(events: readonly Told[], sightings: readonly Sighting[] = []): string[] {
  return whatHappened(events, sightings).items.map(({ at, text, times }) => `${at} ${text}${times > 1 ? ` (${times})` : ''}`);
}

test('a node that goes and comes is said once each, whoever tells it', () => {
  const events = [lost(13, 's2'), told(20, 's2', 'node.started'), healthy(22, 's2')];
  assert.deepEqual(texts(events, [seen(10, 's2', false), seen(21, 's2', true)]), ['10 s2 went down', '20 s2 was started']);
  assert.deepEqual(texts(events), ['13 master lost contact with s2', '20 s2 was started']);
});

test('a node that is cut off comes back without a start', () => {
  assert.deepEqual(texts([lost(10, 's2'), healthy(20, 's2')]), ['10 master lost contact with s2', '20 s2 is healthy again']);
  assert.deepEqual(texts([healthy(5, 's1', 'suspected')]), [], 'a moment of silence is no loss');
});

test('a node that is paused is said to be silent', () => {
  assert.deepEqual(texts([], [seen(10, 's1', false, true), seen(15, 's1', true)]), [
    '10 s1 went silent: it takes connections and says nothing',
    '15 s1 answers again',
  ]);
});

test('a leader that dies is missed once, and is known to be gone since then until it is back', () => {
  const missed = [10, 11].map((at) => told(at, `s${at - 9}`, 'leader.lost', { leader: 'master', epoch: 1 }));
  assert.deepEqual(texts(missed), ['10 s1 lost contact with its leader, master']);
  assert.deepEqual([...whatHappened(missed, []).lostAt], [['master', 10]]);
  assert.deepEqual(texts(missed, [seen(9, 'master', false)]), ['9 master went down'], 'that its followers miss it then is no news');
  const over = [...missed, told(30, 'master', 'epoch.began', { epoch: 2 })];
  assert.equal(whatHappened(over, []).lostAt.size, 0);
});

test('a leader that only one of its followers missed for a while is not gone since then', () => {
  const events = [told(10, 's1', 'leader.lost', { leader: 'master', epoch: 1 }), healthy(12, 's1')];
  assert.equal(whatHappened(events, []).lostAt.size, 0);
  assert.deepEqual([...whatHappened(events, [seen(20, 'master', false)]).lostAt], [['master', 20]]);
});

test('who is gone is known with the time', () => {
  assert.deepEqual([...whatHappened([lost(10, 's1'), lost(12, 's2'), told(15, 's1', 'node.started')], []).lostAt], [['s2', 12]]);
});

test('what is told again and again is one item, with the time of the last', () => {
  const events = [1, 2, 3].map((at) => told(at, 's1', 'election.unreachable', { missing: ['s2'] }));
  assert.deepEqual(texts(events), ['3 s1 cannot reach s2 (3)']);
});

test('events come in the order of their times, whoever told them first', () => {
  assert.deepEqual(texts([told(5, 's1', 'epoch.began', { epoch: 2 }), told(1, 'master', 'epoch.began', { epoch: 1 })]), [
    '1 Epoch 1 began: master leads',
    '5 Epoch 2 began: s1 leads',
  ]);
});
