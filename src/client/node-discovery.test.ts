import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeDiscovery } from './node-discovery.ts';
import { Nodes } from './nodes.ts';

interface Member {
  readonly id: string;
  readonly url: string;
}

/** What answers at each address: a node of some cluster, or nothing. */
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

/** @returns the nodes that are known after the first one has answered */
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

test('a client with one address learns of the other members with the first answer', async () => {
  assert.deepEqual(
    await learned({}),
    three.map(({ url }) => url),
  );
});

test('an address is kept only if its member answers there and belongs to the same cluster', async () => {
  const [first] = three;
  assert.ok(first !== undefined);
  const elsewhere: Readonly<Record<string, World[string]>> = {
    'nothing answers there': undefined,
    'a node of the same name, with another log, answers there': { id: 'n2', cluster: 'other' },
    'another member answers there': { id: 'n3', cluster: 'c' },
    'the node there has no log yet': { id: 'n2', cluster: null },
  };
  for (const [what, there] of Object.entries(elsewhere)) {
    const world: World = { [first.url]: { id: 'n1', cluster: 'c' }, 'http://localhost:5000': there };
    assert.deepEqual(await learned({ members: [first, { id: 'n2', url: 'http://localhost:5000' }], world }), [first.url], what);
  }
});

test('a node that was given by another address counts once', async () => {
  const world = { ...all, 'http://name-of-2:5000': { id: 'n2', cluster: 'c' } };
  assert.deepEqual(await learned({ urls: ['http://10.0.0.1:5000', 'http://name-of-2:5000'], world }), [
    'http://10.0.0.1:5000',
    'http://name-of-2:5000',
    'http://10.0.0.3:5000',
  ]);
});

test('a proxy in front of the nodes is not bypassed, and a client with an https URL never uses http', async () => {
  for (const [url, base] of [
    ['http://10.0.0.1:5000/log', 'http://10.0.0.1:5000/log'],
    ['http://user:word@10.0.0.1:5000', 'http://10.0.0.1:5000'],
    ['https://10.0.0.1:5000', 'https://10.0.0.1:5000'],
  ] as const) {
    const world = { ...all, [base]: { id: 'n1', cluster: 'c' } };
    assert.deepEqual(await learned({ urls: [url], world }), [base], url);
  }
});

test('a malformed list of nodes is ignored', async () => {
  for (const members of ['x', 7, null, [null, { id: 1, url: 'http://10.0.0.2:5000' }, { id: 'n2' }, { id: 'n2', url: 'ftp://x' }]]) {
    assert.deepEqual(await learned({ members: members as never }), ['http://10.0.0.1:5000']);
  }
});

test('it refreshes the list now and then, sooner while it knows of no other node, and forgets nodes that are no longer members', async () => {
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
