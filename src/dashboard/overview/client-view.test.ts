import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendRow } from './append-row-model.ts';
import { clientView } from './client-view.ts';
import type { ClientView } from './client-view.ts';

const members = ['n1', 'n2', 'n3'];

function row(parts: Partial<AppendRow>): AppendRow {
  return {
    id: 1,
    isOwn: true,
    state: 'under way',
    messages: ['"a"'],
    entryCount: 1,
    w: 'all',
    timeoutMs: 1000,
    nodeId: 'n1',
    sentAt: 1000,
    roundTripMs: undefined,
    answer: undefined,
    problem: undefined,
    span: { start: 0, end: 1 },
    timeline: undefined,
    members,
    leaderId: 'n1',
    ...parts,
  };
}

const answered = row({
  state: 'answered',
  roundTripMs: 6,
  answer: { offset: 0, w: 'all', acks: 3 },
  timeline: {
    held: [
      { node: 'n1', ms: 1 },
      { node: 'n2', ms: 2 },
      { node: 'n3', ms: 4 },
    ],
    committedMs: 2,
    metMs: 4,
    answeredMs: 5,
  },
});

function homes(view: ClientView): string {
  return view.kind === 'idle' ? '' : view.homes.flatMap(({ node, isHome }) => (isHome ? [node] : [])).join();
}

test('a client that sent nothing waits for nothing', () => {
  assert.deepEqual(clientView({ rows: [], at: 5000, isStill: false }), { kind: 'idle' });
  assert.deepEqual(clientView({ rows: [row({ sentAt: 6000 })], at: 5000, isStill: false }), { kind: 'idle' });
});

test('it waits until the acknowledgements have come home in the picture, however quick they were', () => {
  const at = (ms: number): ClientView => clientView({ rows: [answered], at: 1000 + ms, isStill: false });
  assert.equal(at(50).kind, 'idle', 'frames come a little later');
  assert.equal(at(150).kind, 'waiting');
  assert.equal(homes(at(150)), '');
  assert.equal(homes(at(500)), 'n1');
  assert.equal(homes(at(1210)), 'n1,n2,n3');
  assert.equal(at(1210).kind, 'waiting', 'the answer is on its way to the client');
  assert.equal(at(1600).kind, 'over');
});

test('what is said of the time is real: once the answer is there nothing is counted on', () => {
  const waiting = clientView({ rows: [answered], at: 1500, isStill: false });
  assert.ok(waiting.kind === 'waiting' && waiting.waitedMs === undefined);
  const open = clientView({ rows: [row({})], at: 3000, isStill: false });
  assert.ok(open.kind === 'waiting' && open.waitedMs === 2000 && open.needed === 3);
});

test('where nothing moves nothing takes longer than it does', () => {
  assert.equal(clientView({ rows: [answered], at: 1007, isStill: true }).kind, 'over');
  assert.equal(homes(clientView({ rows: [answered], at: 1004, isStill: true })), 'n1,n2');
});

test('of many that wait, this page’s own is shown', () => {
  const view = clientView({ rows: [row({ isOwn: false, w: undefined }), row({ id: 2 }), answered], at: 9000, isStill: false });
  assert.ok(view.kind === 'waiting' && view.count === 2 && view.row.isOwn);
});
