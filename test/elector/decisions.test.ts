/** What an elector of examples/external-coordinator does next. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Decisions } from '../../examples/external-coordinator/decide.ts';
import type { NodeState, Seen, Step } from '../../examples/external-coordinator/decide.ts';

const leading: NodeState = { leads: true, canLead: true, hearsLeader: false };
const following: NodeState = { leads: false, canLead: true, hearsLeader: true };
const leaderless: NodeState = { leads: false, canLead: true, hearsLeader: false };
const full: NodeState = { leads: false, canLead: false, hearsLeader: false };

class Scene {
  readonly #decisions = new Decisions({ behindLeaderMs: 3000, absentMs: 1000, leadWithinMs: 9000, restMs: 6000 });

  next(nowMs: number, lease: Seen['lease'], node: NodeState | undefined): Step {
    return this.#decisions.next({ nowMs, lease, node });
  }
}

test('nobody leads: who gets the lease asks its node to lead, and keeps it once it does', () => {
  const scene = new Scene();
  assert.equal(scene.next(0, 'free', leaderless), 'wait', 'it may have lost its leader for a moment only');
  assert.equal(scene.next(500, 'free', following), 'wait');
  assert.equal(scene.next(1000, 'free', leaderless), 'wait');
  assert.equal(scene.next(2000, 'free', leaderless), 'take');
  assert.equal(scene.next(2500, 'ours', leaderless), 'promote');
  assert.equal(scene.next(3000, 'ours', leading), 'keep');
});

test('while another node leads and is heard, its elector goes first: the others wait', () => {
  const scene = new Scene();
  assert.equal(scene.next(0, 'of-another', following), 'wait');
  assert.equal(scene.next(500, 'free', following), 'wait');
  assert.equal(scene.next(3000, 'free', following), 'wait');
  assert.equal(scene.next(3500, 'free', following), 'take');
  assert.equal(scene.next(4000, 'ours', following), 'promote', 'the leader hands over');
  assert.equal(new Scene().next(0, 'free', leading), 'take');
});

test('a lease that was free for a moment only does not count as free since then', () => {
  const scene = new Scene();
  assert.equal(scene.next(0, 'free', following), 'wait');
  assert.equal(scene.next(2000, 'of-another', following), 'wait');
  assert.equal(scene.next(3500, 'free', following), 'wait');
});

test('a node that does not answer, is full or is no member is not put up, and its lease is given back after a moment', () => {
  for (const node of [undefined, full]) {
    const scene = new Scene();
    assert.equal(scene.next(0, 'free', node), 'wait');
    assert.equal(scene.next(500, 'ours', leading), 'keep');
    assert.equal(scene.next(1000, 'ours', node), 'keep');
    assert.equal(scene.next(2000, 'ours', node), 'give-back');
    assert.equal(scene.next(2500, 'free', leaderless), 'wait');
    assert.equal(scene.next(7500, 'free', leaderless), 'wait', 'the others go first');
    assert.equal(scene.next(8000, 'free', leaderless), 'take');
  }
});

test('a node that does not get to lead gives others a turn', () => {
  const scene = new Scene();
  assert.equal(scene.next(0, 'ours', leaderless), 'promote');
  assert.equal(scene.next(8999, 'ours', leaderless), 'promote');
  assert.equal(scene.next(9000, 'ours', leaderless), 'give-back');
});

test('when somebody promotes another node by hand, the lease goes there', () => {
  const before = new Scene();
  assert.equal(before.next(0, 'ours', leading), 'keep');
  assert.equal(before.next(500, 'ours', following), 'give-back');
  assert.equal(before.next(1000, 'free', following), 'wait');

  const justTaken = new Scene();
  assert.equal(justTaken.next(0, 'free', leading), 'take');
  assert.equal(justTaken.next(500, 'ours', leaderless), 'keep', 'it may hear from the other one in a moment');
  assert.equal(justTaken.next(1000, 'ours', following), 'give-back');
});

test('a node that has lost the lead and hears from no other leader gets it back', () => {
  const scene = new Scene();
  assert.equal(scene.next(0, 'ours', leading), 'keep');
  assert.equal(scene.next(500, 'ours', leaderless), 'keep');
  assert.equal(scene.next(1500, 'ours', leaderless), 'promote');
});

test('a store that does not answer changes nothing', () => {
  const scene = new Scene();
  for (const node of [leading, following, leaderless, undefined]) assert.equal(scene.next(0, 'unknown', node), 'wait');
});
