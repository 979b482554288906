import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeDiscovery } from './node-discovery.ts';
import { Nodes } from './nodes.ts';

interface Member {
  readonly id: string;
  readonly url: string;
}

/** What is found at each address: a node of some cluster, or nothing. */
type World = Readonly<Record<string, { readonly id: string; readonly cluster: string | null } | undefined>>;

interface Setting {
  readonly urls?: readonly string[];
  readonly members?: readonly Member[];
  readonly world?: World;
}

const three: readonly Member[] = [1, 2, 3].map((number) => ({ id: `n${number}`, url: `http://10.0.0.${number}:5000` }));
const all: World = Object.fromEntries(three.map(({ id, url }) => [url, { id, cluster: 'c' }]));

function discovery({ urls = ['http://10.0.0.1:5000'], members = three, world = all }: Setting) {
  const nodes = new Nodes(urls);
  const asked: string[] = [];
  const get = (url: string, path: string): Promise<unknown> => {
    asked.push(url + path);
    const there = world[url];
    if (there === undefined) return Promise.resolve(undefined);
    return Promise.resolve(path === '/nodes' ? { self: there.id, nodes: members } : { node: there.id, cluster: there.cluster });
  };
  return { nodes, asked, discovery: new NodeDiscovery({ nodes, get }) };
}

/** @returns the nodes that are known after the first one answered */
async function learned(setting: Setting): Promise<readonly string[]> {
  const { nodes, discovery: looking } = discovery(setting);
  looking.heardFrom(nodes.current, 0);
  await settled();
  return nodes.all;
}

function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test('who was given one address learns of the other members, from the first answer on', async () => {
  assert.deepEqual(
    await learned({}),
    three.map(({ url }) => url),
  );
});

test('an address is kept only if the member that it is of answers there, and is of the same cluster', async () => {
  const [first] = three;
  assert.ok(first !== undefined);
  const elsewhere: Readonly<Record<string, World[string]>> = {
    'nobody is there': undefined,
    'another log is there, whose node has the same name': { id: 'n2', cluster: 'other' },
    'another member is there': { id: 'n3', cluster: 'c' },
    'no log is there yet': { id: 'n2', cluster: null },
  };
  for (const [what, there] of Object.entries(elsewhere)) {
    const world: World = { [first.url]: { id: 'n1', cluster: 'c' }, 'http://localhost:5000': there };
    assert.deepEqual(await learned({ members: [first, { id: 'n2', url: 'http://localhost:5000' }], world }), [first.url], what);
  }
});

test('a node that it was given under another name is one node', async () => {
  const world = { ...all, 'http://name-of-2:5000': { id: 'n2', cluster: 'c' } };
  assert.deepEqual(await learned({ urls: ['http://10.0.0.1:5000', 'http://name-of-2:5000'], world }), [
    'http://10.0.0.1:5000',
    'http://name-of-2:5000',
    'http://10.0.0.3:5000',
  ]);
});

test('nothing that stands before the nodes is passed by, and nothing that was given as TLS goes unencrypted', async () => {
  for (const [url, base] of [
    ['http://10.0.0.1:5000/log', 'http://10.0.0.1:5000/log'],
    ['http://user:word@10.0.0.1:5000', 'http://10.0.0.1:5000'],
    ['https://10.0.0.1:5000', 'https://10.0.0.1:5000'],
  ] as const) {
    const world = { ...all, [base]: { id: 'n1', cluster: 'c' } };
    assert.deepEqual(await learned({ urls: [url], world }), [base], url);
  }
});

test('what is no list of nodes teaches nothing', async () => {
  for (const members of ['x', 7, null, [null, { id: 1, url: 'http://10.0.0.2:5000' }, { id: 'n2' }, { id: 'n2', url: 'ftp://x' }]]) {
    assert.deepEqual(await learned({ members: members as never }), ['http://10.0.0.1:5000']);
  }
});

test('it looks now and then, sooner while it knows of nobody, and forgets who is a member no more', async () => {
  const world: Record<string, World[string]> = { 'http://10.0.0.1:5000': { id: 'n1', cluster: 'c' } };
  const members = [...three];
  const { nodes, asked, discovery: looking } = discovery({ members, world });
  const looksAt = async (now: number): Promise<boolean> => {
    const before = asked.length;
    looking.heardFrom('http://10.0.0.1:5000', now);
    await settled();
    return asked.length > before;
  };
  assert.deepEqual([await looksAt(0), await looksAt(1000), nodes.count], [true, false, 1]);
  Object.assign(world, all);
  assert.deepEqual([await looksAt(2000), await looksAt(20_000), nodes.count], [true, false, 3]);
  members.pop();
  assert.deepEqual([await looksAt(32_000), nodes.count], [true, 2]);
});
