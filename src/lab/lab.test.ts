import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgetTail } from './forget-tail.ts';
import { parseLabTargets } from './lab-target.ts';
import { Lab } from './lab.ts';
import { DevNode } from './dev-node.ts';
import { Links } from './links.ts';
import { planNodes } from './node-plans.ts';

const settings = { coordinator: 'static', root: 'nowhere', ports: [1, 2, 3], labPort: 4, delaysMs: [0, 0], logLevel: 'info' } as const;

test('a key pressed twice kills a node and starts it again, even if its end has not been reported yet', {
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

test('a node that is stopped for good is not started again by an action in progress', { timeout: 10_000 }, async () => {
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

test('a reset brings back the delay given at the start, or any other state that it is asked for', async () => {
  await using links = await Links.open([]);
  const plans = planNodes({ ...settings, delaysMs: [0, 2000, 1500] });
  const nodes = plans.map(
    (plan) => new DevNode({ plan, command: ['false'], read: (stream) => void stream.resume(), tell: () => undefined }),
  );
  const lab = new Lab(nodes, links);
  const [, first, second] = nodes;
  assert.ok(first !== undefined && second !== undefined);
  first.delayMs = 0;
  second.delayMs = 0;
  const down = { isRunning: false, isPaused: false, isCutOff: false };
  const targets = plans.map(({ id, delayMs }) => ({ ...down, id, delayMs: id === 'secondary2' ? 700 : delayMs }));
  await lab.reset(targets);
  assert.deepEqual(
    lab.state().map(({ delayMs }) => delayMs),
    [0, 2000, 700],
  );
});

test('the body of a reset is checked strictly', () => {
  const target = { id: 'n1', isRunning: true, isPaused: false, isCutOff: true, delayMs: 5 };
  assert.deepEqual(parseLabTargets({}), []);
  assert.deepEqual(parseLabTargets({ nodes: [{ ...target, pid: 7 }] }), [target]);
  for (const wrong of [
    { nodes: {} },
    { node: [] },
    { nodes: [{ ...target, delayMs: -1 }] },
    { nodes: [{ id: 'n1' }] },
    { nodes: [null] },
  ]) {
    assert.throws(() => parseLabTargets(wrong), { code: 'bad-request' });
  }
});

test('a forgetting disk loses half of its newest segment, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forget-'));
  try {
    assert.equal(forgetTail(folder), 0);
    const names = ['0'.repeat(20), `${'0'.repeat(18)}42`].map((name) => join(folder, `${name}.log`));
    for (const name of names) writeFileSync(name, 'x'.repeat(101));
    writeFileSync(join(folder, 'master.log'), 'lines for people');
    assert.equal(forgetTail(folder), 51);
    assert.deepEqual(
      [...names, join(folder, 'master.log')].map((name) => statSync(name).size),
      [101, 50, 16],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
