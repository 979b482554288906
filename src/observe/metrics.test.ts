import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeId, offset } from '../core/model/numbers.ts';
import type { ReplicaStatus } from '../core/status.ts';
import { createMetrics } from './metrics.ts';

test('metrics of nodes that are no longer members are dropped, however many come and go', async () => {
  const members = ['m', 's1'].map((id) => ({ id: nodeId(id), url: `http://${id}:1`, state: 'member' }));
  // Only what this test uses.
  const status = { id: nodeId('m'), members } as unknown as ReplicaStatus;
  const { registry, observer } = createMetrics({
    status: () => status,
    version: '1',
    leaderlessMs: () => 0,
    waitingBytes: () => 0,
    forwards: () => ({ count: 0, bytes: 0 }),
    cutCount: () => 0,
    connections: { count: 0, max: 0, mostOfOneAddress: 0 },
    refusals: () => new Map([['CONNECTIONS_MAX', 0]]),
    isMemoryShort: () => false,
    oldestAt: () => undefined,
    listeners: () => ({ streamCounts: {}, waitingCount: 0, endedCounts: new Map() }),
    disk: undefined,
    droppedLines: () => 0,
  });
  const acknowledge = (id: string): void => observer.acknowledged({ follower: nodeId(id), end: offset(1), ms: 1 });
  for (let n = 0; n < 5000; n += 1) acknowledge(`n${n}`);
  acknowledge('s1');
  const text = await registry.getSingleMetricAsString('rlog_follower_acknowledge_seconds');
  assert.match(text, /_count\{follower="s1"\} 1/);
  assert.doesNotMatch(text, /follower="n/);
});
