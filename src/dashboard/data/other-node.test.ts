import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterView, nothingHeard } from './cluster-view.ts';
import type { Health } from '../../api/health.ts';
import type { ClusterView } from './types.ts';
import { othersOf, whoAnswers } from './other-node.ts';

function viewOf({ self, leader }: { readonly self: string | null; readonly leader: string | null }): ClusterView {
  const nodes = ['a', 'b', 'c'].map((id) => ({ id, url: `http://${id}:5000` }));
  const health = { leader: leader === null ? null : { id: leader, url: `http://${leader}:5000` }, ends: { durableEnd: 1 } } as Health;
  const heard = new Map([['a', { ...nothingHeard, health, heldEnd: 1 }]]);
  return clusterView({ connection: 'lost', heardAt: 1, list: { self, hasLab: self === null, nodes }, heard });
}

function idsOf(view: ClusterView): string[] {
  return othersOf(view).map(({ id }) => id);
}

test('the last known leader is tried first, and never the node that is not heard any more', () => {
  assert.deepEqual(idsOf(viewOf({ self: 'a', leader: 'c' })), ['c', 'b']);
  assert.deepEqual(idsOf(viewOf({ self: 'c', leader: 'c' })), ['a', 'b']);
  assert.deepEqual(idsOf(viewOf({ self: 'b', leader: null })), ['a', 'c']);
});

test('a page that no node serves has nowhere to turn', () => {
  assert.deepEqual(idsOf(viewOf({ self: null, leader: 'a' })), []);
});

test('the first that answers is taken in their order, whichever is the quickest; if none does, none', async () => {
  const nodes = othersOf(viewOf({ self: 'a', leader: 'b' }));
  const asked: string[] = [];
  const answered = (deaf: readonly string[]) =>
    whoAnswers(nodes, async (url) => {
      asked.push(url);
      if (deaf.some((id) => url.includes(id))) throw new Error('refused');
      if (url.includes('//b')) await new Promise((resolve) => setImmediate(resolve));
      return 'anything';
    });
  assert.equal((await answered([]))?.id, 'b');
  assert.deepEqual(asked, ['http://b:5000/health', 'http://c:5000/health']);
  assert.equal((await answered(['//b']))?.id, 'c');
  assert.equal(await answered(['//b', '//c']), undefined);
});
