import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabNode } from '../../api/lab.ts';
import { LabNodes } from './lab-nodes.ts';

test('however many look, the lab is asked once at a time; and not at all when nobody looks', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let asked = 0;
  const nodes: readonly LabNode[] = [];
  const store = new LabNodes({
    read: () => {
      asked += 1;
      return Promise.resolve(nodes);
    },
    isTaken: () => false,
  });
  const told: string[] = [];
  const ends = ['a', 'b'].map((name) => store.subscribe(() => told.push(name)));
  assert.equal(asked, 1);
  await settled();
  assert.deepEqual(told, ['a', 'b']);
  assert.equal(store.heard.nodes, nodes);
  t.mock.timers.tick(1000);
  await settled();
  assert.equal(asked, 2);
  store.refresh();
  assert.equal(asked, 3, 'after an action it is asked at once');
  await settled();
  for (const end of ends) end();
  t.mock.timers.tick(10_000);
  await settled();
  assert.equal(asked, 3);
});

test('a lab that does not answer is said, and what was heard before stays', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const nodes: readonly LabNode[] = [];
  const answers: (() => Promise<readonly LabNode[]>)[] = [() => Promise.resolve(nodes), () => Promise.reject(new Error('gone'))];
  const store = new LabNodes({ read: () => answers.shift()?.() ?? Promise.resolve(nodes), isTaken: () => true });
  const end = store.subscribe(() => undefined);
  await settled();
  t.mock.timers.tick(2000);
  await settled();
  assert.equal(store.heard.failure, 'gone');
  assert.equal(store.heard.nodes, nodes);
  end();
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}
