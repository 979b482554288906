/** What a node is doing (`GET /activity`, `GET /history`), and what all nodes are doing (`GET /activities`). */

import type { WriteConcern } from './entries.ts';
import type { Health, Role } from './health.ts';
import type { NodeList } from './members.ts';
import type { ProblemCode } from './problems.ts';

/**
 * Something that happened to entries on a node. `at` is in ms since 1970, with fractions, by the node's own clock. An
 * `end` is one past the last entry that it happened to; it has happened to all entries before that too.
 */
export type ActivityEvent = { readonly at: number } & (
  | { readonly kind: 'placed'; readonly start: number; readonly end: number }
  | { readonly kind: 'held'; readonly node: string; readonly end: number }
  | { readonly kind: 'committed'; readonly end: number }
  | {
      readonly kind: 'answered';
      /** `null` if the append was not placed. */
      readonly offset: number | null;
      /** Time since the append arrived. */
      readonly ms: number;
      readonly acks: number;
      readonly w: WriteConcern;
      /** Code of the problem; `null` if the append was acknowledged. */
      readonly code: ProblemCode | null;
    }
);

/** A log event: a change of state that the node reports, as in its log file. */
export interface NodeEvent {
  /** In ms since 1970. */
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  /** Name of the event, such as `epoch.began`. */
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly at: number;
  /** Set if it differs from that in the last frame. */
  readonly health?: Health;
  readonly moments: readonly ActivityEvent[];
  /** Log events of this node since the last frame; set if there were any. */
  readonly events?: readonly NodeEvent[];
}

/** What a node did in one second. */
export interface Sample {
  /** When the sample was taken, in ms since 1970. */
  readonly at: number;
  /** Appends that were acknowledged since the last sample, and their entries. */
  readonly appends: number;
  readonly entries: number;
  /** Appends that were answered with a problem. */
  readonly refused: number;
  /** Latency of those that were acknowledged; `null` if there were none. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  /** By follower; unknown ones are left out. Empty on a node that does not lead. */
  readonly lagEntries: Readonly<Record<string, number>>;
  readonly lagMs: Readonly<Record<string, number>>;
  readonly epoch: number;
  readonly role: Role;
  /** Name of the leader, as far as this node knew. */
  readonly leader: string | null;
  /** One past the last entry that was flushed to this disk, and that this node knew to be committed. */
  readonly durableEnd: number;
  readonly committedEnd: number;
}

/** Interval between two samples. */
export const sampleIntervalMs = 1000;

/** `GET /history` */
export interface History {
  readonly intervalMs: typeof sampleIntervalMs;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** The latest log events since the node started, oldest first. */
  readonly events: readonly NodeEvent[];
}

/** The events of `GET /activities`, by name. */
export interface ClusterEvents {
  readonly beat: object;
  readonly nodes: NodeList;
  readonly frame: { readonly node: string; readonly frame: Frame };
  readonly sample: { readonly node: string; readonly sample: Sample };
  /** Why a node cannot be read now. */
  readonly gone: {
    readonly node: string;
    readonly reason: string;
    /** The node takes connections and sends nothing: its process or its machine is stopped. */
    readonly isSilent?: boolean;
  };
}
