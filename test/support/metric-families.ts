/** What a node prints at `/metrics`: made by the node's own code, and parsed as Prometheus parses it. */

import { epoch, nodeId, offset, storageId } from '../../src/core/model/numbers.ts';
import type { MemberStatus, ReplicaStatus } from '../../src/core/status.ts';
import { createMetrics } from '../../src/observe/metrics.ts';

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Label names with their values; without `le`. */
  readonly labels: Map<string, Set<string>>;
}

/** The metrics of a leader with a follower, on which everything has happened once. */
export async function metricFamilies(): Promise<ReadonlyMap<string, Family>> {
  const { registry, observer } = createMetrics({
    status: () => leaderStatus,
    version: '0.0.0',
    waitingBytes: () => 0,
    forwards: () => ({ count: 0, bytes: 0 }),
    cutCount: () => 0,
    connections: { count: 0, max: 1, mostOfOneAddress: 0 },
    refusals: () => new Map([['CONNECTIONS_MAX', 0]]),
    isMemoryShort: () => false,
    oldestAt: () => 1000,
    listeners: () => ({ streamCounts: { default: 0, committed: 0, linearizable: 0 }, waitingCount: 0, endedCounts: new Map() }),
    disk: {
      usage: () =>
        Promise.resolve({ segments: 1, segmentBytes: 1, indexBytes: 1, checkpointBytes: 1, cutBytes: 1, freeBytes: 1, sizeBytes: 1 }),
      isVerified: () => true,
    },
    leaderlessMs: () => 0,
    droppedLines: () => 0,
    certificateEndsAt: () => Date.now(),
  });
  observer.logged({ level: 'info', event: 'epoch.began', facts: {} });
  observer.acknowledged({ follower: nodeId('n2'), end: offset(1), ms: 1 });
  return parse(await registry.metrics());
}

/** The family that this series belongs to. */
export function familyOf(families: ReadonlyMap<string, Family>, series: string): Family | undefined {
  const exact = families.get(series);
  // A histogram prints nothing under its bare name.
  if (exact !== undefined) return exact.type === 'histogram' ? undefined : exact;
  const histogram = families.get(series.replace(/_(bucket|sum|count)$/, ''));
  return histogram?.type === 'histogram' ? histogram : undefined;
}

const other: MemberStatus = {
  id: nodeId('n2'),
  url: 'http://n2:5001',
  state: 'member',
  health: 'healthy',
  durableEnd: offset(1),
  lagEntries: 0,
  lagMs: 0,
};

const leaderStatus: ReplicaStatus = {
  id: nodeId('n1'),
  role: 'leader',
  clusterId: null,
  storageId: storageId('s1'),
  epoch: epoch(1),
  leader: { id: nodeId('n1'), url: 'http://n1:5000', epoch: epoch(1) },
  deposedBy: undefined,
  isConfirmed: true,
  quorumAgeMs: 1,
  isElectable: true,
  notElectable: [],
  tolerates: 1,
  election: { state: 'leading', priority: 1, lastPoll: null, unreachable: [], polls: { won: 1, lost: 0, deferred: 0 } },
  firstOffset: offset(0),
  baseOffset: offset(0),
  logEnd: offset(1),
  durableEnd: offset(1),
  committedEnd: offset(1),
  visibleEnd: offset(1),
  refusal: undefined,
  waitingFor: [],
  members: [{ ...other, id: nodeId('n1'), url: 'http://n1:5000' }, other],
  waitingAppends: 0,
  canStore: true,
  lacks: undefined,
  stall: undefined,
  datedAheadMs: 0,
  clockDoubtedMs: 0,
  clockSpreadMs: 0,
  isRetentionHeld: false,
};

function parse(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of text.split('\n')) {
    const [, help] = /^# HELP \S+ (.+)$/.exec(line) ?? [];
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    const [, pairs = ''] = /^[a-z_]+\{(.*)\} \S+$/.exec(line) ?? [];
    if (help !== undefined) current = { name: '', type: '', help, labels: new Map() };
    if (name !== undefined && type !== undefined && current !== undefined) families.set(name, (current = { ...current, name, type }));
    for (const [, label = '', value = ''] of pairs.matchAll(/(\w+)="([^"]*)"/g)) {
      if (label === 'le' || current === undefined) continue;
      const values = current.labels.get(label);
      if (values === undefined) current.labels.set(label, new Set([value]));
      else values.add(value);
    }
  }
  return families;
}
