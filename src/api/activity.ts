/** What a node does: `GET /activity` and `GET /history`, and what all nodes do: `GET /activities`. */

import type { WriteConcern } from './entries.ts';
import type { Health, Role } from './health.ts';
import type { NodeList } from './members.ts';
import type { ProblemCode } from './problems.ts';

/**
 * Something that happened to entries on a node. `at` is by the node's own clock, in ms since 1970, with fractions; an
 * `end` is one past the last entry, and says the same of all before it.
 */
export type ActivityEvent = { readonly at: number } & (
  | { readonly kind: 'placed'; readonly start: number; readonly end: number }
  | { readonly kind: 'held'; readonly node: string; readonly end: number }
  | { readonly kind: 'committed'; readonly end: number }
  | {
      readonly kind: 'answered';
      /** `null` if it got no place. */
      readonly offset: number | null;
      /** Since it was asked for. */
      readonly ms: number;
      readonly acks: number;
      readonly w: WriteConcern;
      /** Of the problem; `null` if it was acknowledged. */
      readonly code: ProblemCode | null;
    }
);

/** A log event: a change of state that this node tells people about, as it stands in its log. */
export interface NodeEvent {
  /** In ms since 1970. */
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  /** Like `epoch.began`. */
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly at: number;
  /** If it is not as it was in the frame before. */
  readonly health?: Health;
  readonly moments: readonly ActivityEvent[];
  /** Of this node since the frame before, if there were any. */
  readonly events?: readonly NodeEvent[];
}

/** One second of a node's life. */
export interface Sample {
  /** When it was taken, in ms since 1970. */
  readonly at: number;
  /** Acknowledged since the sample before, and the entries that they had. */
  readonly appends: number;
  readonly entries: number;
  /** Answered with a problem. */
  readonly refused: number;
  /** Of those acknowledged; `null` if there were none. */
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  /** By follower; those that are not known are left out. On a node that does not lead there are none. */
  readonly lagEntries: Readonly<Record<string, number>>;
  readonly lagMs: Readonly<Record<string, number>>;
  readonly epoch: number;
  readonly role: Role;
  /** The name of the node that led, as far as this one knew. */
  readonly leader: string | null;
  /** One past the last entry that was flushed here, and that was known to be committed. */
  readonly durableEnd: number;
  readonly committedEnd: number;
}

/** Between two samples. */
export const sampleIntervalMs = 1000;

/** `GET /history` */
export interface History {
  readonly intervalMs: typeof sampleIntervalMs;
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** The last ones since the node was started, oldest first. */
  readonly events: readonly NodeEvent[];
}

/** What `GET /activities` says, by the name of the event. */
export interface ClusterEvents {
  readonly beat: object;
  readonly nodes: NodeList;
  readonly frame: { readonly node: string; readonly frame: Frame };
  readonly sample: { readonly node: string; readonly sample: Sample };
  /** Why a node cannot be read now. */
  readonly gone: {
    readonly node: string;
    readonly reason: string;
    /** It takes connections and says nothing: its process is stopped, or its machine is. */
    readonly isSilent?: boolean;
  };
}
