/** Every metric of a node, each with its help and in base units. Read by `GET /metrics`. */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { ReplicaStatus } from '../core/status.ts';
import type { DriverObserver } from '../driver.ts';
import { Tally } from './tally.ts';

const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface NodeMetrics {
  readonly registry: Registry;
  readonly observer: DriverObserver;
}

export function createMetrics(parts: { readonly status: () => ReplicaStatus; readonly droppedLines: () => number }): NodeMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const outcomes = new Map<string, number>();
  new Counter({
    registers,
    name: 'rlog_appends_total',
    help: 'Appends answered, by outcome: acknowledged, or the code of the problem',
    labelNames: ['outcome'],
    collect() {
      this.reset();
      for (const [outcome, count] of outcomes) this.inc({ outcome }, count);
    },
  });
  const appendSeconds = Tally.in(registry, {
    name: 'rlog_append_seconds',
    help: 'Time from an append being asked for to its acknowledgement',
    buckets: latencyBuckets,
  });
  const flushSeconds = Tally.in(registry, {
    name: 'rlog_flush_seconds',
    help: 'Time of one flush of the log to the disk',
    buckets: latencyBuckets,
  });
  const acknowledgeSeconds = new Histogram({
    registers,
    name: 'rlog_follower_acknowledge_seconds',
    help: 'Time from sending a batch to a follower to its acknowledgement',
    labelNames: ['follower'],
    buckets: latencyBuckets,
  });
  const batchEntries = Tally.in(registry, {
    name: 'rlog_batch_entries',
    help: 'Entries in a batch that this node wrote as the leader',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384],
  });
  const notices = new Counter({
    registers,
    name: 'rlog_events_total',
    help: 'Lines of the story of the cluster, by event: changes of role, cuts, lost streams',
    labelNames: ['event'],
  });

  const gauge = (name: string, help: string, read: (status: ReplicaStatus) => number): void => {
    new Gauge({
      registers,
      name,
      help,
      collect() {
        this.set(read(parts.status()));
      },
    });
  };
  gauge('rlog_epoch', 'The highest epoch that this node promised', (status) => status.epoch);
  gauge('rlog_is_leader', '1 while this node leads', (status) => (status.role === 'leader' ? 1 : 0));
  gauge('rlog_is_writable', '1 while appends would not be refused at once', (status) => (status.refusal === undefined ? 1 : 0));
  gauge('rlog_log_end', 'One past the last entry known here', (status) => status.logEnd);
  gauge('rlog_durable_end', 'One past the last entry flushed here', (status) => status.durableEnd);
  gauge('rlog_committed_end', 'One past the last entry known to be held by a majority', (status) => status.committedEnd);
  gauge('rlog_visible_end', 'One past the last entry that a default read shows here', (status) => status.visibleEnd);
  gauge('rlog_appends_waiting', 'Appends that were asked for and not answered', (status) => status.waitingAppends);
  gauge('rlog_members', 'Members of the list in force', (status) => status.members.filter((member) => member.state !== 'joining').length);
  gauge(
    'rlog_members_healthy',
    'Members that the leader heard of lately; 0 on a node that does not lead',
    (status) => status.members.filter((member) => member.health === 'healthy').length,
  );
  gauge('rlog_log_lines_dropped', 'Log lines that could not be written', () => parts.droppedLines());

  const perFollower = (name: string, help: string, read: (member: ReplicaStatus['members'][number]) => number | undefined): void => {
    new Gauge({
      registers,
      name,
      help,
      labelNames: ['follower'],
      collect() {
        this.reset();
        const status = parts.status();
        for (const member of status.members) {
          const value = member.id === status.id ? undefined : read(member);
          if (value !== undefined) this.set({ follower: member.id }, value);
        }
      },
    });
  };
  perFollower('rlog_follower_lag_entries', 'Entries that a follower does not hold durably yet', (member) => member.lagEntries);
  perFollower('rlog_follower_lag_seconds', 'How long the oldest of them has been waiting for it', (member) =>
    member.lagMs === undefined ? undefined : member.lagMs / 1000,
  );

  return {
    registry,
    observer: {
      notice: ({ event }) => notices.inc({ event }),
      placed: ({ batch }) => batchEntries.observe(batch.entryCount),
      flushed: ({ ms }) => flushSeconds.observe(ms / 1000),
      acknowledged: ({ follower, ms }) => acknowledgeSeconds.observe({ follower }, ms / 1000),
      answered: ({ ms, code }) => {
        const outcome = code ?? 'acknowledged';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (code === undefined) appendSeconds.observe(ms / 1000);
      },
    },
  };
}
