import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget } from '../wire/body-budget.ts';
import { ListenerLimit } from '../wire/listener-limit.ts';
import { MemoryWatch, memoryUses } from './memory-watch.ts';
import type { MemoryUse } from './memory-watch.ts';

test('a node is short of memory from nine tenths on, whichever runs out, until there is a fifth again', () => {
  const told: string[] = [];
  let uses: readonly MemoryUse[] = [];
  const watch = new MemoryWatch({ uses: () => uses, changed: (isShort, { of }) => told.push(`${isShort} ${of}`) });
  const states = [
    [89, 50],
    [50, 90],
    [50, 81],
    [50, 79],
    [91, 10],
  ].map(([heap = 0, container = 0]) => {
    uses = [
      { used: heap, max: 100, of: 'heap' },
      { used: container * 7, max: 700, of: 'container' },
    ];
    watch.look();
    return watch.isShort;
  });
  assert.deepEqual(states, [false, true, true, false, true]);
  assert.deepEqual(told, ['true container', 'false container', 'true heap']);
});

test('while memory is short no listener is admitted and no large body, but small ones are', () => {
  const watch = new MemoryWatch({ uses: () => [{ used: 95, max: 100, of: 'heap' }], changed: () => undefined });
  const budget = new BodyBudget({ bodyBytesMax: 1e6, bytesMax: 4e6, heldElsewhere: () => 0, checkMemory: watch.check });
  const listeners = new ListenerLimit({ listenersMax: 10, listenerCount: () => 0, isFull: '', checkMemory: watch.check });
  const [before] = [budget.begin(undefined)];
  listeners.admit();
  watch.look();
  const refused = { code: 'overloaded', facts: { lacks: 'memory', limit: 'MEMORY' } };
  assert.throws(() => listeners.admit(), refused);
  assert.throws(() => budget.begin(100_000), refused);
  assert.throws(() => before.add(Buffer.alloc(100_000)), refused);
  budget.begin(1000).add(Buffer.alloc(1000));
});

test('a process knows how much memory it has', () => {
  for (const { used, max } of memoryUses()) assert.ok(used > 0 && max > used);
});
