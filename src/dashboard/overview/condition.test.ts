import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Member } from '../../api/health.ts';
import type { NodeView } from '../data/types.ts';
import { conditionOf } from './condition.ts';

const member: Member = { id: 's1', url: 'u', state: 'member', health: 'healthy', durableEnd: 5, lagEntries: 0, lagMs: 0 };
const health = { role: 'follower', status: 'healthy', canStore: true } as Health;
const node: NodeView = {
  id: 's1',
  url: 'u',
  index: 1,
  name: 's1',
  heardAt: undefined,
  isReachable: true,
  goneReason: undefined,
  absence: undefined,
  health,
  heldEnd: 5,
  member,
  isJoining: false,
};
const leader: NodeView = { ...node, id: 'master', index: 0, health: { ...health, role: 'leader' } };

test('each way to be has a sign and a label of its own', () => {
  const cases: readonly (readonly [string, NodeView, NodeView | undefined])[] = [
    ['healthy', node, leader],
    ['leads', leader, leader],
    ['no majority', { ...leader, health: { ...health, role: 'leader', status: 'read-only' } }, { ...leader }],
    ['down', { ...node, isReachable: false, goneReason: 'connection refused', absence: 'down' }, leader],
    ['silent', { ...node, isReachable: false, goneReason: 'nothing was heard of it for 2500 ms', absence: 'silent' }, leader],
    ['no contact', { ...node, isReachable: false }, leader],
    ['suspected', { ...node, member: { ...member, health: 'suspected' } }, leader],
    ['cut off', { ...node, absence: 'cut off', member: { ...member, health: 'unhealthy' } }, leader],
    ['coming back', { ...node, absence: 'coming back', member: { ...member, health: 'unhealthy' } }, leader],
    ['disk full', { ...node, health: { ...health, canStore: false } }, leader],
    ['joining', { ...node, isJoining: true, member: { ...member, state: 'joining' } }, leader],
    ['blank', { ...node, isJoining: true }, leader],
    ['candidate', { ...node, health: { ...health, role: 'candidate' } }, undefined],
    ['no leader', node, undefined],
    ['unknown to leader', { ...node, member: undefined }, leader],
  ];
  for (const [label, view, leads] of cases) assert.equal(conditionOf(view, { leader: leads }).label, label);
});

test('entries go to nodes that are healthy or joining, and to no others', () => {
  assert.equal(conditionOf(node, { leader }).isFed, true);
  assert.equal(conditionOf({ ...node, isJoining: true }, { leader }).isFed, true);
  assert.equal(conditionOf({ ...node, member: { ...member, health: 'unhealthy' } }, { leader }).isFed, false);
  assert.equal(
    conditionOf(
      { ...node, isReachable: false, goneReason: 'refused', absence: 'down', member: { ...member, health: 'unhealthy' } },
      { leader },
    ).isFed,
    false,
  );
});

test('a node that this page cannot reach but its leader can is still fed', () => {
  assert.equal(conditionOf({ ...node, isReachable: false, goneReason: 'refused', absence: 'down' }, { leader }).isFed, true);
});
