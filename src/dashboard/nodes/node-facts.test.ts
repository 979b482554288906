import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health } from '../../api/health.ts';
import type { NodeView } from '../data/types.ts';
import { factsOf } from './node-facts.ts';

const health: Partial<Health> = {
  role: 'follower',
  leader: null,
  epoch: 3,
  ends: { logEnd: 5, durableEnd: 5, committedEnd: 5, visibleEnd: 5 },
  canStore: false,
  diskStalled: { what: 'flush', ms: 12_000 },
  disk: { freeBytes: 0, sizeBytes: 1000, logBytes: 900, indexBytes: 0, checkpointBytes: 0, cutBytes: 0 },
};

test('of a disk that is full and does not answer both are said, each by its own name', () => {
  const node = { id: 'n1', url: '', isReachable: true, health } as unknown as NodeView;
  const facts = factsOf(node, { leader: undefined }, 0);
  assert.equal(facts.find(({ name }) => name === 'Disk')?.value, 'full: it cannot store anything');
  assert.equal(facts.find(({ name }) => name === 'Disk stalled')?.value, 'no answer for 12.0 s');
  const names = facts.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});

test('what is kept, since when, by which retention, and what lies on the disk is said of each node', () => {
  const node = {
    ...{ id: 'n1', url: '', isReachable: true },
    health: {
      ...health,
      ...{ firstOffset: 2, oldestAt: new Date(1000).toISOString() },
      retention: { maxAgeMs: 604_800_000, maxBytes: 2e9, maxEntries: null, idempotencyWindowMs: 1 },
      disk: { freeBytes: 0, sizeBytes: 1000, logBytes: 900, indexBytes: 0, checkpointBytes: 70, cutBytes: 12 },
    },
  } as unknown as NodeView;
  const valueOf = (name: string): string | undefined =>
    factsOf(node, { leader: undefined }, 7_201_000).find((fact) => fact.name === name)?.value;
  assert.equal(valueOf('Kept'), 'from offset 2 on, 3 entries');
  assert.match(valueOf('Oldest entry') ?? '', /, 2 h ago$/);
  assert.equal(valueOf('Retention'), 'at most 7 d, 2.0 GB');
  assert.equal(valueOf('Log on disk'), '900 bytes, checkpoint 70 bytes, cut off 12 bytes');
});

test('without a limit everything is kept, and a node of an earlier version says nothing of it', () => {
  const retention = { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 1 };
  const valueOf = (changes: object): string | undefined => {
    const node = { id: 'n1', url: '', isReachable: true, health: { ...health, ...changes } } as unknown as NodeView;
    return factsOf(node, { leader: undefined }, 0).find(({ name }) => name === 'Retention')?.value;
  };
  assert.equal(valueOf({ retention }), 'everything');
  assert.equal(valueOf({ retention: { ...retention, maxAgeMs: 90_000, maxEntries: 1000 } }), 'at most 90 s, 1,000 entries');
  assert.equal(valueOf({}), undefined);
});
