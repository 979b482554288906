import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Member } from '../../api/health.ts';
import type { NodeView } from '../data/types.ts';
import { pictureText } from './picture-text.ts';

function node(id: string, facts: Partial<NodeView> = {}): NodeView {
  const member = { id, url: '', state: 'member', health: 'healthy', durableEnd: 0, lagEntries: 0, lagMs: 0 } satisfies Member;
  return {
    ...{ id, url: '', index: 0, name: id, heardAt: undefined, goneReason: undefined, absence: undefined, heldEnd: 0, member },
    ...{ isReachable: true, isJoining: false, health: { role: 'follower', canStore: true } as Health },
    ...facts,
  };
}

const gone = { isReachable: false, goneReason: 'connection refused', absence: 'down', member: undefined } as const;

test('the picture says in words who leads, and to which nodes entries get', () => {
  const leader = node('n2', { health: { role: 'leader', status: 'healthy', epoch: 2, canStore: true } as Health });
  assert.equal(
    pictureText({ nodes: [node('n1', gone), leader, node('n3')], leader }),
    'The client writes to n2, which leads epoch 2. Entries get from there to n3. They do not get to n1 (down).',
  );
  assert.equal(pictureText({ nodes: [leader], leader }), 'The client writes to n2, which leads epoch 2.');
});

test('while no node leads the picture says how each one is', () => {
  assert.equal(pictureText({ nodes: [node('n1', gone), node('n2')], leader: undefined }), 'No node leads: n1 (down) and n2 (no leader).');
});
