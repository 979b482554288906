import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';
import { DevNode } from './dev-node.ts';
import { Links } from './links.ts';
import { planNodes } from './node-plans.ts';

const settings = { coordinator: 'static', root: 'nowhere', ports: [1, 2, 3], labPort: 4, delaysMs: [0, 0], logLevel: 'info' } as const;

test('a key that is pressed twice kills a node and starts it again, also while its end was not heard of yet', {
  timeout: 10_000,
}, async () => {
  const plan = planNodes(settings)[1];
  assert.ok(plan !== undefined);
  const command = [process.execPath, '--eval', 'setInterval(() => undefined, 1000)'];
  const told: string[] = [];
  const node = new DevNode({ plan, command, read: (stream) => void stream.resume(), tell: ({ kind }) => void told.push(kind) });
  node.spawn();
  const first = node.pid;
  await Promise.all([node.toggle(), node.toggle()]);
  assert.notEqual(node.pid, first);
  assert.equal(node.isRunning, true);
  assert.deepEqual(told, ['started', 'killed', 'ended', 'started']);
  await node.end();
});

test('a node that is ended for good is not started again by the action that just stops it', { timeout: 10_000 }, async () => {
  const plan = planNodes(settings)[1];
  assert.ok(plan !== undefined);
  const command = [process.execPath, '--eval', 'setInterval(() => undefined, 1000)'];
  const node = new DevNode({ plan, command, read: (stream) => void stream.resume(), tell: () => undefined });
  await using links = await Links.open([]);
  const lab = new Lab([node], links);
  node.spawn();
  const delayed = assert.rejects(lab.do('secondary1', { do: 'delay', delayMs: 100 }), { code: 'not-now' });
  await node.end();
  await delayed;
  assert.equal(node.pid, null);
});
