/**
 * All metrics of a node, with their help texts and in base units, for `GET /metrics`. docs/metrics.md has the same
 * list, and a test compares the two. Values that take time to find out are found out on request.
 */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { MemberStatus, ReplicaStatus } from '../core/status.ts';
import type { DriverObserver } from '../driver/observer.ts';
import type { ProblemCode } from '../api/problems.ts';
import type { DiskUsage } from './disk-use.ts';
import { Gauges } from './gauges.ts';
import { LeaderChanges } from './leader-changes.ts';
import { declareLimits } from './limit-metrics.ts';
import { declareElections, declareStanding } from './standing-metrics.ts';
import { FastHistogram } from './fast-histogram.ts';

const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Outcomes that are exported as 0 from the start, so that the first of each counts as an increase. */
const appendOutcomes: readonly (ProblemCode | 'acknowledged')[] = [
  'acknowledged',
  'concern-timeout',
  'disk-slow',
  'epoch-ended',
  'key-reused',
  'no-leader',
  'no-quorum',
  'no-room',
  'not-leader',
  'overloaded',
  'shutting-down',
  'stopped-while-waiting',
];
const streamEnds: readonly (ProblemCode | 'gone')[] = ['gone', 'history-changed', 'internal-error', 'listener-too-slow', 'shutting-down'];
/** Maximum number of follower names to keep between two scrapes. */
const followersSeenMax = 100;

export interface NodeMetrics {
  readonly registry: Registry;
  readonly observer: DriverObserver;
}

interface Listeners {
  /** Open streams, by read level. */
  readonly streamCounts: Readonly<Record<string, number>>;
  readonly waitingCount: number;
  readonly endedCounts: ReadonlyMap<string, number>;
}

export interface MetricsParts {
  readonly status: () => ReplicaStatus;
  readonly version: string;
  /** For how long this node has known of no leader; 0 while it knows of one. */
  readonly leaderlessMs: () => number;
  readonly waitingBytes: () => number;
  /** Writes that wait for the leader's answer. */
  readonly forwards: () => { readonly count: number; readonly bytes: number };
  readonly connections: { readonly count: number; readonly max: number; readonly mostOfOneAddress: number };
  /** By limit: what was refused because it was reached. */
  readonly refusals: () => ReadonlyMap<string, number>;
  readonly isMemoryShort: () => boolean;
  readonly cutCount: () => number;
  readonly listeners: () => Listeners;
  /** When the first entry that is kept was written; `undefined` while nothing is kept, and while it is not known. */
  readonly oldestAt: () => number | undefined;
  /** `undefined` for a log in memory, which has no metrics of a disk. */
  readonly disk: { readonly usage: () => Promise<DiskUsage>; readonly isVerified: () => boolean } | undefined;
  readonly droppedLines: () => number;
  /** In milliseconds since 1970; `undefined` for a node that serves no TLS. */
  readonly certificateEndsAt?: (() => number | undefined) | undefined;
}

export function createMetrics(parts: MetricsParts): NodeMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const declare = new Gauges(registry, parts.status);
  declareStanding(declare, parts);
  declareElections(declare, parts);
  const answered = declareAppends(declare, parts);
  const followed = declareFollowers(declare, parts);
  const logged = declareLogEvents(declare, parts);
  declareListeners(declare, parts.listeners);
  declareLimits(declare, parts);
  declare.perLabel(
    {
      name: 'rlog_oldest_entry_timestamp_seconds',
      help: 'When the first entry that is kept was written, measured every ten seconds; absent while nothing is kept',
      labelNames: [],
    },
    () => {
      const at = parts.oldestAt();
      return at === undefined ? [] : [{ labels: {}, value: at / 1000 }];
    },
  );
  if (parts.disk !== undefined) declareDisk(declare, parts.disk);
  const { certificateEndsAt } = parts;
  if (certificateEndsAt !== undefined) {
    declare.gauge(
      'rlog_certificate_remaining_seconds',
      'Seconds until the certificate of this node expires, or one of the authority that issued it; only with TLS',
      () => ((certificateEndsAt() ?? 0) - Date.now()) / 1000,
    );
  }
  declare.count('rlog_log_lines_dropped', 'Log lines that were dropped because they could not be written', parts.droppedLines);
  return { registry, observer: { ...answered, ...followed, ...logged } };
}

function declareAppends(declare: Gauges, parts: MetricsParts): Pick<DriverObserver, 'answered' | 'placed' | 'flushed'> {
  const outcomes = new Map<string, number>(appendOutcomes.map((outcome) => [outcome, 0]));
  declare.counts(
    {
      name: 'rlog_appends_total',
      help: 'Appends that this node handled as the leader, by outcome: acknowledged, or the code of the problem',
      labelNames: ['outcome'],
    },
    () => outcomes,
  );
  const { registry } = declare;
  const appendSeconds = FastHistogram.in(registry, {
    name: 'rlog_append_seconds',
    help: 'Time from the arrival of an append to its acknowledgement',
    buckets: latencyBuckets,
  });
  const flushSeconds = FastHistogram.in(registry, {
    name: 'rlog_flush_seconds',
    help: 'Time of one flush of the log to the disk',
    buckets: latencyBuckets,
  });
  const batchEntries = FastHistogram.in(registry, {
    name: 'rlog_batch_entries',
    help: 'Entries in a batch that this node wrote as the leader',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384],
  });
  declare.fromStatus('rlog_appends_waiting', 'Appends that have not been answered yet', (status) => status.waitingAppends);
  declare.gauge(
    'rlog_appends_waiting_bytes',
    'Bytes that appends hold in memory: bodies that are incomplete or not parsed yet, and messages that are not placed in the log yet',
    parts.waitingBytes,
  );
  declare.gauge(
    'rlog_forwards_waiting',
    "Writes that this node forwarded and that wait for the leader's answer",
    () => parts.forwards().count,
  );
  declare.gauge(
    'rlog_forwards_waiting_bytes',
    "Bytes of the bodies of writes that wait for the leader's answer",
    () => parts.forwards().bytes,
  );
  return {
    placed: ({ batch }) => batchEntries.observe(batch.entryCount),
    flushed: ({ ms }) => flushSeconds.observe(ms / 1000),
    answered: ({ ms, code }) => {
      const outcome = code ?? 'acknowledged';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (code === undefined) appendSeconds.observe(ms / 1000);
    },
  };
}

function declareFollowers(declare: Gauges, parts: MetricsParts): Pick<DriverObserver, 'acknowledged'> {
  const perFollower = (name: string, help: string, read: (member: MemberStatus) => number | undefined): void => {
    declare.perLabel({ name, help, labelNames: ['follower'] }, (status) =>
      status.members.flatMap((member) => {
        const value = member.id === status.id ? undefined : read(member);
        return value === undefined ? [] : [{ labels: { follower: member.id }, value }];
      }),
    );
  };
  perFollower('rlog_follower_lag_entries', 'Entries that a follower has not flushed yet', (member) => member.lagEntries);
  perFollower(
    'rlog_follower_lag_seconds',
    'Age of the oldest entry that a follower lacks; for a follower that is away, the time from that entry to the newest',
    (member) => (member.lagMs === undefined ? undefined : member.lagMs / 1000),
  );
  const seen = new Set<string>();
  const acknowledgeSeconds = new Histogram({
    registers: [declare.registry],
    name: 'rlog_follower_acknowledge_seconds',
    help: 'Time from sending a batch to a follower to its acknowledgement; dropped when the follower is no longer a member',
    labelNames: ['follower'],
    buckets: latencyBuckets,
    collect: () => forgetOthers(),
  });
  return {
    acknowledged: ({ follower, ms }) => {
      if (!seen.has(follower) && seen.size >= followersSeenMax) forgetOthers();
      seen.add(follower);
      acknowledgeSeconds.observe({ follower }, ms / 1000);
    },
  };

  /** A node that comes under a new name each time must not leave a series for each. */
  function forgetOthers(): void {
    const present = new Set<string>(parts.status().members.map((member) => member.id));
    for (const follower of seen) {
      if (present.has(follower)) continue;
      acknowledgeSeconds.remove({ follower });
      seen.delete(follower);
    }
  }
}

function declareLogEvents(declare: Gauges, { cutCount }: MetricsParts): Pick<DriverObserver, 'logged'> {
  const logEvents = new Counter({
    registers: [declare.registry],
    name: 'rlog_events_total',
    help: 'Log events of this node, by name: changes of role, cuts, lost streams',
    labelNames: ['event'],
  });
  const changes = new LeaderChanges();
  declare.counts(
    {
      name: 'rlog_leader_changes_total',
      help: 'Times that this node became the leader, by reason: it won a poll, the leader handed over, an operator forced it, or it was named',
      labelNames: ['why'],
    },
    () => changes.counts,
  );
  let cutEntries = 0;
  let lastCutMs = 0;
  declare.count('rlog_cuts_total', 'Times that this node cut the end of its log because the leader did not have it', cutCount);
  declare.count('rlog_cut_entries_total', 'Entries that this node cut from its log', () => cutEntries);
  declare.gauge(
    'rlog_last_cut_timestamp_seconds',
    'When this node last cut entries, in seconds since 1970; 0 if it has not since the process started',
    () => lastCutMs / 1000,
  );
  return {
    logged: ({ event, facts }) => {
      logEvents.inc({ event });
      changes.logged(event);
      const entries = facts['cutEntries'];
      if (typeof entries !== 'number' || entries === 0) return;
      cutEntries += entries;
      lastCutMs = Date.now();
    },
  };
}

function declareListeners(declare: Gauges, listeners: () => Listeners): void {
  declare.perLabel({ name: 'rlog_listeners', help: 'Open event streams of messages, by read level', labelNames: ['read'] }, () =>
    Object.entries(listeners().streamCounts).map(([read, value]) => ({ labels: { read }, value })),
  );
  declare.gauge('rlog_reads_waiting', 'Reads that wait for a new entry', () => listeners().waitingCount);
  declare.counts(
    {
      name: 'rlog_listeners_ended_total',
      help: 'Event streams of messages that have ended, by reason: gone, or the code of their last event',
      labelNames: ['reason'],
    },
    () => new Map([...streamEnds.map((end) => [end, 0] as const), ...listeners().endedCounts]),
  );
}

function declareDisk(declare: Gauges, { usage, isVerified }: NonNullable<MetricsParts['disk']>): void {
  const fromDisk = (name: string, help: string, read: (usage: DiskUsage) => number): void => {
    declare.registry.registerMetric(
      new Gauge({
        registers: [],
        name,
        help,
        async collect() {
          try {
            this.set(read(await usage()));
          } catch {
            // A disk that does not answer must not hold up all other metrics.
            this.remove();
          }
        },
      }),
    );
  };
  fromDisk('rlog_disk_free_bytes', 'Free bytes on the disk of the log', ({ freeBytes }) => freeBytes);
  fromDisk('rlog_disk_size_bytes', 'Size of the disk of the log', ({ sizeBytes }) => sizeBytes);
  fromDisk('rlog_log_bytes', 'Bytes of the segments of the log', ({ segmentBytes }) => segmentBytes);
  fromDisk('rlog_index_bytes', 'Bytes of the indexes of closed segments', ({ indexBytes }) => indexBytes);
  fromDisk(
    'rlog_checkpoint_bytes',
    'Bytes of the checkpoint with which the log begins; 0 if it begins with its first batch',
    ({ checkpointBytes }) => checkpointBytes,
  );
  fromDisk('rlog_log_segments', 'Segments of the log', ({ segments }) => segments);
  fromDisk('rlog_cut_bytes', 'Bytes that were cut from the log and are kept in cut/', ({ cutBytes }) => cutBytes);
  declare.fromStatus(
    'rlog_can_store',
    '0 while this node takes no batches for want of room: its disk is full, or it has run out of inodes or descriptors',
    (status) => Number(status.canStore),
  );
  declare.fromStatus(
    'rlog_disk_stalled_seconds',
    'How long the oldest write, flush, cut or state file has been waiting for the disk; 0 while the disk answers in time',
    ({ stall }) => (stall === undefined ? 0 : stall.ms / 1000),
  );
  declare.gauge('rlog_is_verified', '1 once the part of the log that the start did not read has been verified', () => Number(isVerified()));
}
