import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterView, nothingHeard } from './cluster-view.ts';
import type { Heard } from './cluster-view.ts';
import { summary } from './summary.ts';
import type { Health, Member } from '../../api/health.ts';
import { usualSettings } from '../../api/health.test-support.ts';
import type { ClusterView } from './types.ts';

function member(id: string, changes: Partial<Member> = {}): Member {
  return { id, url: `http://${id}`, state: 'member', health: 'healthy', durableEnd: 1204, lagEntries: 0, lagMs: 0, ...changes };
}

function health(node: string, changes: Partial<Health> = {}): Health {
  return {
    status: 'healthy',
    server_id: node,
    message_count: 1204,
    role: 'follower',
    node,
    cluster: 'c',
    storage: 's',
    epoch: 3,
    leader: { id: 'master', url: 'http://master', epoch: 3 },
    leaderSince: '2026-01-01T00:00:00.000Z',
    deposedBy: null,
    electable: true,
    notElectable: [],
    tolerates: null,
    election: null,
    firstOffset: 0,
    oldestAt: null,
    retention: { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 },
    ends: { logEnd: 1204, durableEnd: 1204, committedEnd: 1204, visibleEnd: 1204 },
    members: [member('master'), member('s1'), member('s2')],
    waitingFor: [],
    waitingAppends: 0,
    canStore: true,
    diskStalled: null,
    disk: null,
    isRetentionHeld: false,
    settings: usualSettings,
    certificateEndsAt: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    datedAheadMs: 0,
    clockDoubtedMs: 0,
    version: '0.1.0',
    ...changes,
  };
}

function viewOf(heard: Readonly<Record<string, Partial<Heard>>>): ClusterView {
  const nodes = Object.keys(heard).map((id) => ({ id, url: `http://${id}` }));
  const whole = Object.entries(heard).map(([id, each]): [string, Heard] => [id, { ...nothingHeard, isReachable: true, ...each }]);
  return clusterView({ connection: 'open', heardAt: undefined, list: { self: null, hasLab: false, nodes }, heard: new Map(whole) });
}

test('a healthy cluster is told in one sentence', () => {
  const said = summary(viewOf({ master: { health: health('master', { role: 'leader' }) }, s1: {}, s2: {} }));
  assert.deepEqual(said, {
    tone: 'good',
    text: 'master leads epoch 3; 3 of 3 nodes healthy',
    rest: undefined,
    count: '1,204 entries',
    pieces: ['master leads epoch 3', '3 of 3 nodes healthy'],
  });
});

test('a leader without a majority says for whom it waits', () => {
  const lonely = health('master', { role: 'leader', status: 'read-only', waitingFor: ['s1', 's2'] });
  const said = summary(viewOf({ master: { health: lonely } }));
  assert.equal(said.text, 'Read-only: no majority. Appends are refused: s1 and s2 cannot be reached');
  assert.equal(said.tone, 'bad');
});

const at = new Date(2026, 0, 2, 14, 2, 11, 6).getTime();
const down = { isReachable: false, goneReason: 'connection refused' };

test('who is down is named, with the time and with what follows for who writes', () => {
  const members = [member('master'), member('s1', { health: 'unhealthy' }), member('s2')];
  const degraded = health('master', { role: 'leader', status: 'degraded', waitingFor: ['s1'], members });
  const view = viewOf({ master: { health: degraded }, s1: down, s2: {} });
  const said = summary(view, new Map([['s1', at]]));
  assert.equal(said.text, 's1 has been down since 2026-01-02 14:02:11. w=all waits; w=majority works');
  assert.equal(said.rest, 'master leads epoch 3; 2 of 3 nodes healthy');
  assert.equal(said.tone, 'warn');
  assert.match(summary(view).text, /^s1 is down\. w=all waits/);
  const last = viewOf({ master: { health: { ...degraded, tolerates: 0 } }, s1: down, s2: {} });
  assert.match(summary(last).text, /w=majority works, but one more failure would stop all appends$/);
});

test('a node that is silent, and one that only the leader cannot reach, are not called down', () => {
  const members = [member('master'), member('s1', { health: 'unhealthy' }), member('s2', { health: 'unhealthy' })];
  const view = viewOf({
    master: { health: health('master', { role: 'leader', status: 'degraded', members }) },
    s1: { ...down, isSilent: true },
    s2: { health: health('s2') },
  });
  assert.match(summary(view).text, /^s1 is silent and s2 cut off\. w=all waits/);
});

test('a node that came back, and that its leader has not heard yet, is not called cut off', () => {
  const members = [member('master'), member('s1', { health: 'unhealthy' }), member('s2')];
  const degraded = health('master', { role: 'leader', status: 'degraded', members });
  const view = viewOf({ master: { health: degraded }, s1: { isBack: true }, s2: {} });
  assert.match(summary(view, new Map([['s1', at]])).text, /^s1 is coming back\. w=all waits/);
});

test('a leader without a majority says since when the others are down', () => {
  const lonely = health('master', { role: 'leader', status: 'read-only', waitingFor: ['s1', 's2'] });
  const said = summary(viewOf({ master: { health: lonely }, s1: down, s2: down }), new Map([['s1', at]]));
  assert.equal(
    said.text,
    'Read-only: no majority. s1 has been down since 2026-01-02 14:02:11 and s2 down. Appends are refused until a majority is back',
  );
});

test('a leader whose disk is full says so', () => {
  const full = health('master', { role: 'leader', status: 'read-only', canStore: false });
  assert.match(summary(viewOf({ master: { health: full } })).text, /^Read-only: the disk of master is full/);
});

test('a cluster whose leader is gone is read-only until it is back, or until the others have elected another', () => {
  const withS = (facts: Partial<Health>) =>
    viewOf({
      master: { ...down, health: health('master', { role: 'leader' }) },
      s1: { health: health('s1', facts) },
      s2: { health: health('s2', facts) },
    });
  const view = withS({});
  assert.equal(view.leader, undefined);
  assert.equal(summary(view).text, 'Read-only: no node leads. master is down. Appends are refused until it is back');
  const election = { state: 'following', priority: 0, lastPoll: null, unreachable: [] } as const;
  assert.match(summary(withS({ election })).text, /master is down\. The others are electing a leader$/);
});

test('without contact the time of the last word is said', () => {
  const view = { ...viewOf({ master: {} }), connection: 'lost', self: 'master', heardAt: at } as const;
  assert.equal(summary(view).text, 'No contact with master since 2026-01-02 14:02:11. What is shown below is from then');
});

test('who seeks to lead is named, with whom it waits for', () => {
  const said = summary(viewOf({ master: { health: health('master', { role: 'candidate', waitingFor: ['http://s1'] }) } }));
  assert.equal(said.text, 'Read-only: master tries to become the leader, and waits for http://s1');
});

test('of two that say they lead, the one in the higher epoch does', () => {
  const view = viewOf({
    master: { health: health('master', { role: 'leader', epoch: 3 }) },
    s1: { health: health('s1', { role: 'leader', epoch: 4 }) },
  });
  assert.equal(view.leader?.id, 's1');
});

test('a member that comes with an empty storage counts still, and is joining as well', () => {
  const members = [
    member('master'),
    member('s1', { health: 'unhealthy', durableEnd: null }),
    member('s1', { state: 'joining', durableEnd: 7 }),
  ];
  const view = viewOf({ master: { health: health('master', { role: 'leader', members }) }, s1: {} });
  assert.equal(view.nodes[1]?.isJoining, true);
  assert.equal(view.nodes[1]?.member?.state, 'member');
  assert.equal(summary(view).text, 'master leads epoch 3; 1 of 2 nodes healthy, 1 joining');
});

test('of a node that is gone the leader tells how much it holds', () => {
  const members = [member('master'), member('s1', { durableEnd: 1100, lagEntries: 104 })];
  const view = viewOf({ master: { health: health('master', { role: 'leader', members }) }, s1: { isReachable: false } });
  assert.equal(view.nodes[1]?.heldEnd, 1100);
});

test('a node keeps its place and colour, in whatever order it is listed, and has one of each', () => {
  const address = (id: string) => ({ id, url: `http://${id}` });
  const list = { self: null, hasLab: false, nodes: ['s10', 's2', 'master', 's2'].map(address) };
  const { nodes } = clusterView({ connection: 'open', heardAt: undefined, list, heard: new Map() });
  assert.deepEqual(
    nodes.map(({ id, index }) => [id, index]),
    [
      ['master', 0],
      ['s2', 1],
      ['s10', 2],
    ],
  );
});
