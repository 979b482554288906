import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health } from '../../api/health.ts';
import type { NodeView } from '../data/types.ts';
import { cellState, committedEndOf, visibleEnd } from './cell-state.ts';
import type { LogEntry } from './log-entry.ts';

interface NodeFacts {
  readonly role?: 'leader' | 'follower';
  readonly isReachable?: boolean;
  readonly held?: number;
  readonly visible?: number;
  readonly committed?: number;
}

function node({ role = 'follower', isReachable = true, held = 10, visible = held, committed = 8 }: NodeFacts): NodeView {
  const ends = { logEnd: held, durableEnd: held, committedEnd: committed, visibleEnd: visible };
  const health = { role, ends } as Health; // what is not looked at is left out
  return {
    id: 'n',
    url: '',
    index: 0,
    name: 'n',
    heardAt: undefined,
    isReachable,
    goneReason: undefined,
    health,
    heldEnd: held,
    member: undefined,
    isJoining: false,
    absence: undefined,
  };
}

function entry(offset: number): LogEntry {
  return { offset, epoch: 1, timestampMs: 0, text: '1', textLength: 1 };
}

function kindAt(of: NodeView, offset: number): string {
  return cellState(of, { offset, entry: undefined, committedEnd: 8 }).kind;
}

test('an entry that a slow follower does not hold yet is not here', () => {
  assert.equal(kindAt(node({ held: 5 }), 4), 'loading');
  assert.equal(kindAt(node({ held: 5 }), 5), 'notHere');
});

test('an entry whose writer waits is held by the leader and not shown', () => {
  const leader = node({ role: 'leader', held: 10, visible: 6 });
  assert.equal(visibleEnd(leader), 6);
  assert.equal(kindAt(leader, 5), 'loading');
  assert.equal(kindAt(leader, 6), 'waiting');
  assert.equal(kindAt(leader, 10), 'notHere');
});

test('what was trimmed is shown as trimmed, even if it was read before', () => {
  const trimmed = node({ held: 10 });
  const at = { ...trimmed, health: { ...trimmed.health, firstOffset: 4 } as Health };
  assert.equal(kindAt(at, 3), 'trimmed');
  assert.equal(cellState(at, { offset: 3, entry: entry(3), committedEnd: 8 }).kind, 'trimmed');
  assert.equal(kindAt(at, 4), 'loading');
});

test('of a node that is gone it is said what it had', () => {
  const gone = node({ held: 5, isReachable: false });
  assert.deepEqual(cellState(gone, { offset: 4, entry: undefined, committedEnd: 8 }), { kind: 'gone', hadIt: true });
  assert.deepEqual(cellState(gone, { offset: 5, entry: undefined, committedEnd: 8 }), { kind: 'gone', hadIt: false });
});

test('what no majority holds is not committed', () => {
  const at = (offset: number): boolean => {
    const state = cellState(node({}), { offset, entry: entry(offset), committedEnd: 8 });
    return state.kind === 'entry' && state.isCommitted;
  };
  assert.deepEqual([7, 8].map(at), [true, false]);
});

test('what one node knows to be committed is', () => {
  assert.equal(committedEndOf([node({ committed: 3 }), node({ committed: 7 }), node({ committed: 9, isReachable: false })]), 7);
  assert.equal(committedEndOf([node({ committed: 9, isReachable: false })]), 9);
  assert.equal(committedEndOf([]), 0);
});

test('of a node that is down the last known entries are shown: those that it knew to be committed', () => {
  const down = node({ isReachable: false, held: 10, committed: 8 });
  const at = (offset: number) => cellState(down, { offset, entry: undefined, anyEntry: entry(offset), committedEnd: 20 });
  assert.deepEqual(at(7), { kind: 'entry', entry: entry(7), isCommitted: true, isStale: true });
  // Another leader may have put another entry in its place since.
  assert.deepEqual(at(8), { kind: 'gone', hadIt: true });
  assert.deepEqual(at(10), { kind: 'gone', hadIt: false });
});
