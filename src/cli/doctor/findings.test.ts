import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Health, Member, NodeSettings } from '../../api/health.ts';
import { anchorsOf } from '../../../test/support/anchors.ts';
import { usualSettings } from '../../api/health.test-support.ts';
import { findingsIn } from './findings.ts';
import type { ClusterReport, NodeReport } from './report.ts';

const names = ['n1', 'n2', 'n3'];
const urlOf = (id: string): string => `http://${id}:5000`;
const member = (id: string, changes: Partial<Member> = {}): Member => ({
  ...{ id, url: urlOf(id), state: 'member', health: 'healthy', durableEnd: 9, lagEntries: 0, lagMs: 0, ...changes },
});

interface Cluster {
  readonly ids?: readonly string[];
  /** What differs in the leader's view. */
  readonly seen?: Partial<Health>;
  /** What differs in what a node says of itself; `undefined`: it does not answer. */
  readonly own?: Readonly<Record<string, Partial<Health> | undefined>>;
  readonly settings?: Readonly<Record<string, Partial<NodeSettings>>>;
  readonly clocks?: Readonly<Record<string, number>>;
  readonly more?: Partial<ClusterReport>;
}

/** Of n1, which leads, and others that are well. */
function report({ ids = names, seen = {}, own = {}, settings = {}, clocks = {}, more = {} }: Cluster = {}): ClusterReport {
  const healthOf = (id: string): Partial<Health> => ({
    ...{
      node: id,
      role: id === 'n1' ? 'leader' : 'follower',
      version: '1.0.0',
      electable: true,
      notElectable: [],
      deposedBy: null,
      epoch: 3,
    },
    ...{ canStore: true, diskStalled: null },
    disk: { freeBytes: 60e9, sizeBytes: 100e9, logBytes: 1, indexBytes: 1, checkpointBytes: 0, cutBytes: 0 },
    settings: { ...usualSettings, ...settings['all'], ...settings[id] },
    ...own[id],
  });
  const nodes = ids.map((id): NodeReport => {
    const isSilent = id in own && own[id] === undefined;
    const [health, silence] = isSilent ? [undefined, 'connection refused'] : [healthOf(id), undefined];
    return { id, url: urlOf(id), health, silence, instead: undefined, clockAheadMs: clocks[id] ?? 0 };
  });
  return {
    health: {
      ...{ node: 'n1', status: 'healthy', cluster: 'c', leader: { id: 'n1', url: urlOf('n1'), epoch: 3 }, waitingFor: [], canStore: true },
      ...{ members: ids.map((id) => member(id)), tolerates: Math.floor((ids.length - 1) / 2), datedAheadMs: 0, isRetentionHeld: false },
      ...seen,
    },
    nodes,
    badPaths: [],
    named: [],
    now: Date.parse('2026-05-01T00:00:00Z'),
    ...more,
  };
}

/** "level code: sentence", for each. */
function said(cluster: Cluster): string[] {
  return findingsIn(report(cluster)).map(({ level, code, sentence }) => `${level} ${code}: ${sentence}`);
}

test('of a cluster that is well nothing is said', () => {
  assert.deepEqual(said({}), []);
  assert.deepEqual(said({ ids: ['n1', 'n2', 'n3', 'n4', 'n5'] }), []);
});

test('an older node that does not report everything is no reason to complain', () => {
  const older = {
    settings: undefined,
    notElectable: undefined,
    disk: undefined,
    diskStalled: undefined,
    version: '1.0.0',
  } as unknown as Partial<Health>;
  assert.deepEqual(
    said({
      own: { n1: older, n2: older, n3: older },
      seen: { tolerates: undefined, isRetentionHeld: undefined } as unknown as Partial<Health>,
    }),
    [],
  );
});

const lost = { health: 'unhealthy', durableEnd: 3 } as const;
const two = { members: [member('n1'), member('n2')] };
const disk = (freeBytes: number): Partial<Health> => ({
  disk: { freeBytes, sizeBytes: 100e9, logBytes: 1, indexBytes: 1, checkpointBytes: 0, cutBytes: 0 },
});

const cases: Readonly<Record<string, readonly [Cluster, readonly string[]]>> = {
  'a cluster that takes no appends, and which nodes are to be started': [
    {
      own: { n2: undefined, n3: undefined },
      seen: {
        ...{ status: 'read-only', leader: null, waitingFor: ['n2', 'n3'], tolerates: null },
        members: names.map((id) => member(id, { health: null, durableEnd: null })),
      },
    },
    [
      'wrong no-appends: the cluster takes no appends: nobody leads; it waits for n2 and n3',
      'wrong node-silent: n2 does not answer (connection refused)',
      'wrong node-silent: n3 does not answer (connection refused)',
    ],
  ],
  'a node that is down, and that another failure would stop appends': [
    { own: { n3: undefined }, seen: { status: 'degraded', tolerates: 0, members: [member('n1'), member('n2'), member('n3', lost)] } },
    [
      'wrong node-silent: n3 does not answer (connection refused)',
      'risk tolerates-nothing: one more failure among 3 members stops appends',
    ],
  ],
  'a node that follows and cannot be asked': [
    { own: { n3: undefined } },
    ['wrong node-silent: n3 follows its leader, and does not answer requests (connection refused)'],
  ],
  'a member that was never reached': [
    { own: { n3: undefined }, seen: { members: [member('n1'), member('n2'), member('n3', { state: 'unclaimed', health: 'unhealthy' })] } },
    ['wrong never-reached: n3 counts as a member, and was never reached at http://n3:5000'],
  ],
  'two nodes that believe they lead': [
    { own: { n2: { role: 'leader', epoch: 4 } } },
    ['wrong two-leaders: n1 (epoch 3) and n2 (epoch 4) believe they lead; only n2 can commit'],
  ],
  'a master that another one deposed': [
    { settings: { all: { coordinator: 'static' } }, own: { n2: { deposedBy: { id: 'n1', url: urlOf('n1'), epoch: 3 } } } },
    [
      'risk deposed: n2 led, and was deposed by n1 in epoch 3: two nodes were started as the master',
      'risk fixed-master: nobody takes over when n1 dies: its role is fixed (COORDINATOR=static)',
    ],
  ],
  'nodes that differ in who decides on the leader': [
    { settings: { n1: { coordinator: 'static' } } },
    ['wrong coordinators-differ: the nodes differ in who decides on the leader (COORDINATOR): n1 static; n2 and n3 elections'],
  ],
  'a node that could not lead, and whom it cannot reach': [
    {
      own: {
        n2: {
          electable: false,
          notElectable: ['unreachable-members'],
          election: { state: 'following', priority: 1, lastPoll: null, unreachable: ['n3'] },
        },
      },
    },
    ['risk not-electable: n2 could not become the leader: it cannot reach n3'],
  ],
  'versions that differ': [
    { own: { n2: { version: '1.1.0' } } },
    ['risk versions-differ: the versions of the nodes differ: n1 and n3 have 1.0.0; n2 has 1.1.0'],
  ],
  'a clock that is off': [{ clocks: { n2: -90_000 } }, ['wrong clocks-differ: the clock of n2 is 90 s behind the others']],
  'a clock that is off a little': [
    { clocks: { n1: 100, n2: 8000, n3: 400 } },
    ['risk clocks-differ: the clock of n2 is 7.6 s ahead of the others'],
  ],
  'that of two clocks one is off': [
    { ids: ['n1', 'n2'], seen: two, clocks: { n2: 20_000 } },
    [
      'risk clocks-differ: the clocks of n1 and n2 are 20 s apart',
      'risk two-members: the cluster has two members: a majority of two is two, so when either is down nothing can be appended',
    ],
  ],
  'a log that is dated ahead': [
    { seen: { datedAheadMs: 3_600_000 * 3 } },
    ['risk dated-ahead: the log is dated 3 h ahead of the clock of n1: its timestamps stand still until the clock has caught up'],
  ],
  'a retention that a clock holds': [
    { seen: { isRetentionHeld: true } },
    [
      'wrong retention-held: nothing goes for its age: the clock of n1, which leads, is not near those of a majority, and the disks fill up',
    ],
  ],
  'a disk that hangs': [
    { own: { n2: { diskStalled: { what: 'flush', ms: 12_000 }, electable: false, notElectable: ['disk-stalled'] } } },
    ['wrong disk-stalled: the disk of n2 has not finished a flush for 12 s'],
  ],
  'a disk that is full': [
    { own: { n2: { canStore: false, ...disk(1e6) } } },
    ['wrong disk-full: n2 has no room to store entries (1 MB of 100 GB are free)'],
  ],
  'a disk that is nearly full': [{ own: { n2: disk(14.9e9) } }, ['risk disk-nearly-full: the disk of n2 has only 15 GB free, 14 % of it']],
  'a node that is far behind': [
    { seen: { members: [member('n1'), member('n2', { lagMs: 120_000, lagEntries: 5000 }), member('n3')] } },
    ['risk node-behind: n2 is 5000 entries and 2 min behind the leader'],
  ],
  'an address that leads to another node': [
    { more: { badPaths: [{ from: 'n1', to: 'n2', url: urlOf('n2'), found: { node: 'n3' } }] } },
    ['wrong address-of-another: http://n2:5000, the address of n2, leads n1 to n3'],
  ],
  'an address that leads one node nowhere': [
    { more: { badPaths: [{ from: 'n2', to: 'n3', url: urlOf('n3'), found: { problem: 'connect ETIMEDOUT' } }] } },
    ['wrong address-unreachable: n2 cannot reach n3 at http://n3:5000 (connect ETIMEDOUT), although n3 answers others'],
  ],
  'an address at loopback beside others': [
    { seen: { members: [member('n1'), member('n2'), member('n3', { url: 'http://localhost:5000' })] } },
    ['wrong address-loopback: n3 (http://localhost:5000) cannot be reached from other machines, on which other members are'],
  ],
  'an address that the operator named and that leads nowhere': [
    {
      more: {
        named: [
          { url: 'http://n9:5000', cluster: undefined, silence: 'connection refused' },
          { url: urlOf('n1'), cluster: 'c', silence: undefined },
        ],
      },
    },
    ['wrong named-address: http://n9:5000, which you named, leads nowhere (connection refused)'],
  ],
  'an address that the operator named and that leads to another cluster': [
    { more: { named: [{ url: 'http://n9:5000', cluster: 'd', silence: undefined }] } },
    ['wrong other-cluster: http://n9:5000, which you named, belongs to another cluster (d)'],
  ],
  'a single member': [
    { ids: ['n1'] },
    ['risk one-member: the cluster has one member: when its disk is lost, everything is, and while it is down nothing can be read'],
  ],
  'an even number of members': [
    { ids: ['n1', 'n2', 'n3', 'n4'] },
    ['risk even-members: the cluster has 4 members, and tolerates no more failures than 3 would: a majority is 3'],
  ],
  'writes that wait for all': [
    { settings: { all: { defaultWriteConcern: 'all' } } },
    [
      'risk write-concern-all: a write without w waits for all 3 members (w=all): while any one is away none is answered, and no failover helps',
    ],
  ],
  'writes that a failover may lose': [
    { settings: { all: { defaultWriteConcern: 1 } } },
    ['risk write-concern-too-few: a write without w is acknowledged by 1 of 3 members: a failover may lose it'],
  ],
  'writes that nobody ever answers': [
    { settings: { all: { defaultWriteConcern: 4 } } },
    ['wrong write-concern-too-many: a write without w waits for 4 nodes, and there are 3: none is answered'],
  ],
  'writes that wait for something else at each node': [
    { settings: { n2: { defaultWriteConcern: 1 } } },
    ['risk write-concerns-differ: what a write without w waits for depends on the node that takes it: n1 and n3 w=majority; n2 w=1'],
  ],
  'data in the container': [
    { settings: { n2: { dataPlace: 'container' } } },
    ['risk data-in-container: the data of n2 is in the container itself, and goes with it'],
  ],
  'data in a volume without a name': [
    { settings: { n2: { dataPlace: 'anonymous-volume' } } },
    ['risk data-in-anonymous-volume: the data of n2 is in a volume without a name, which a new container does not get'],
  ],
  'data in memory': [
    { settings: { n2: { dataPlace: 'memory' }, n3: { dataPlace: 'tmpfs' } } },
    [
      'risk data-in-memory: the data of n2 is in memory, and goes with the process',
      'risk data-in-tmpfs: the data of n3 is in a file system in memory (tmpfs), and goes with the machine',
    ],
  ],
  'a name that Docker made up': [
    { ids: ['n1', '4f2a9c01b7de', 'n3'] },
    [
      'risk default-name: 4f2a9c01b7de has the name that Docker made up for its container: after it is made anew, it is another member, and this one is missing',
    ],
  ],
  'a certificate that ends soon, or has ended': [
    {
      own: {
        n1: { certificateEndsAt: '2026-05-15T00:00:00Z' },
        n2: { certificateEndsAt: '2026-05-04T00:00:00Z' },
        n3: { certificateEndsAt: '2026-04-30T19:00:00Z' },
      },
    },
    ['wrong certificate-ends: the certificate of n3 ended 5 h ago', 'risk certificate-ends: the certificate of n2 ends in 3 d'],
  ],
  'a node that takes everybody': [
    { settings: { n2: { needsToken: false, isOpenToAll: true } } },
    ['wrong open-to-all: n2 serves everybody who reaches it, without a token (OPEN_TO_ALL): they can read, append and change the members'],
  ],
  'a node that takes those without a token as well': [
    { settings: { n2: { needsToken: false, acceptsInsecure: true } } },
    ['risk accepts-insecure: n2 serves clients and nodes without a token, a proof or TLS as well (ACCEPT_INSECURE)'],
  ],
};

for (const [what, [cluster, sentences]] of Object.entries(cases)) {
  test(`the doctor sees ${what}`, () => assert.deepEqual(said(cluster), sentences));
}

test('the doctor sees a public address without tokens, and none where only this machine is served', () => {
  const settings = { needsToken: false };
  const at = (url: string, changes: Partial<NodeSettings> = {}): string[] => {
    const plain = report({ settings: { n2: { ...settings, ...changes } } });
    const nodes = plain.nodes.map((node) => (node.id === 'n2' ? { ...node, url } : node));
    return findingsIn({ ...plain, nodes }).map(({ code }) => code);
  };
  assert.deepEqual(at('http://203.0.113.7:5000'), ['public-without-tokens']);
  for (const url of ['http://10.0.0.7:5000', 'http://n2:5000', 'http://127.0.0.1:5000', 'http://[fd00::7]:5000'])
    assert.deepEqual(at(url), [], url);
  assert.deepEqual(at('http://203.0.113.7:5000', { isBeyondLoopback: false }), [], 'a proxy on its machine has that address');
});

test('what to do when nobody leads depends on who is missing, and on who may lead', () => {
  const nobody = { status: 'read-only', leader: null, tolerates: null } as const;
  const adviceFor = (cluster: Cluster): string => {
    const [found] = findingsIn(report({ seen: nobody, ...cluster }));
    assert.equal(found?.code, 'no-appends');
    return `${found.remedy} (${found.see})`;
  };
  assert.equal(adviceFor({ own: { n1: undefined, n2: undefined } }), 'start n1 and n2 again, each with its folder (too-few-nodes)');
  assert.match(adviceFor({}), /^read the end of the log of each node: .* \(no-leader\)$/);
  assert.match(adviceFor({ own: { n1: undefined } }), /\(no-leader\)$/);
  assert.equal(
    adviceFor({ own: { n1: undefined }, settings: { all: { coordinator: 'static' } } }),
    'start n1 again, with its folder; if the master is gone for good, make a secondary the master (replace-the-master-of-a-static-cluster)',
  );
});

test('a node that is down is not to be removed while nobody leads', () => {
  const remedies = (status: 'read-only' | 'degraded'): string[] =>
    findingsIn(report({ own: { n3: undefined }, seen: { status, members: [member('n1'), member('n2'), member('n3', lost)] } })).flatMap(
      ({ code, remedy }) => (code === 'node-silent' ? [remedy] : []),
    );
  assert.match(remedies('degraded').join(), /^start it again .*"rlog members remove n3"$/);
  assert.match(remedies('read-only').join(), /^start it again .* without a leader$/);
});

test('the doctor sees an address at which everybody finds another node, once', () => {
  const plain = report({ own: { n3: undefined } });
  const nodes = plain.nodes.map((node) => (node.id === 'n3' ? { ...node, silence: 'n1 answers', instead: 'n1' } : node));
  assert.deepEqual(
    findingsIn({ ...plain, nodes }).map(({ sentence }) => sentence),
    ['http://n3:5000, the address of n3, leads everybody to n1'],
  );
});

test('a leader without room is one finding, and what is wrong is said before what is a risk', () => {
  const full = { canStore: false };
  assert.deepEqual(
    findingsIn(report({ own: { n1: full }, seen: { status: 'read-only', ...full }, settings: { all: { coordinator: 'static' } } })).map(
      ({ code }) => code,
    ),
    ['disk-full', 'fixed-master'],
  );
});

test('a member that is down is not said twice if the operator named its address', () => {
  const named = [{ url: urlOf('n3'), cluster: undefined, silence: 'connection refused' }];
  assert.deepEqual(
    findingsIn(report({ own: { n3: undefined }, more: { named } })).map(({ code }) => code),
    ['node-silent'],
  );
});

test('every finding leads to a heading of docs/operations.md, and says in the imperative what to do', () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const anchors = anchorsOf(page);
  const found = Object.values(cases).flatMap(([cluster]) => findingsIn(report(cluster)));
  assert.deepEqual(
    [...new Set(found.map(({ see }) => see))].filter((see) => !anchors.has(see)),
    [],
  );
  for (const { remedy, sentence } of found) for (const text of [remedy, sentence]) assert.match(text, /[^.]$/, text);
});
