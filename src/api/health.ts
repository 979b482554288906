/** `GET /health`: the state of a node and, if it leads, of the others. */

import type { WriteConcern } from './entries.ts';
import type { Retention } from './retention.ts';

/** What a node is: the one that orders entries, one that asks for votes, or one that copies entries. */
export type Role = 'leader' | 'candidate' | 'follower';

export interface NodeAddress {
  readonly id: string;
  readonly url: string;
}

/** A leader and its epoch. */
export interface LeaderAddress extends NodeAddress {
  readonly epoch: number;
}

/** A node of the list of members, as the node that answers knows it. */
export interface Member extends NodeAddress {
  /** `unclaimed`: counts, but was never reached; `joining`: receives the log, and does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Only the leader knows health and lags. */
  readonly health: 'healthy' | 'suspected' | 'unhealthy' | null;
  readonly durableEnd: number | null;
  readonly lagEntries: number | null;
  readonly lagMs: number | null;
}

/** What a node has on its disk, in bytes. */
export interface DiskBytes {
  readonly freeBytes: number;
  readonly sizeBytes: number;
  /** The segments of the log. */
  readonly logBytes: number;
  /** The indexes of those segments that are closed. */
  readonly indexBytes: number;
  /** The checkpoint with which the log begins; 0 if it begins with its first batch. */
  readonly checkpointBytes: number;
  /** What was cut from the log and is kept in `cut/`. */
  readonly cutBytes: number;
}

/** Where a node's data is: on a disk, or where it goes with the container or the process. */
export type DataPlace = 'disk' | 'volume' | 'anonymous-volume' | 'container' | 'tmpfs' | 'memory';

/** What a node was started with, as far as it decides what the node can survive and who is served. */
export interface NodeSettings {
  readonly coordinator: 'static' | 'elections' | 'external';
  /** The write concern of appends that name none. */
  readonly defaultWriteConcern: WriteConcern;
  /** Other machines can connect to it. */
  readonly isBeyondLoopback: boolean;
  readonly needsToken: boolean;
  /** Nodes prove that they know the secret of the cluster. */
  readonly hasSecret: boolean;
  /** `OPEN_TO_ALL` and `ACCEPT_INSECURE`. */
  readonly isOpenToAll: boolean;
  readonly acceptsInsecure: boolean;
  /**
   * `volume`: mounted into its container; `anonymous-volume`: the same, but a new container gets another one; `container`: goes
   * with the container. `disk` outside of containers.
   */
  readonly dataPlace: DataPlace;
}

/** `unreachable-members`: at its last check it reached too few of the others to be elected. */
export type NotElectable = 'not-a-member' | 'no-room' | 'disk-stalled' | 'unreachable-members';

/** Where a node is on its way to the lead, with built-in elections. */
export interface Election {
  /** `following` includes the time in which the node hears from no leader and waits for its turn. */
  readonly state: 'following' | 'polling' | 'campaigning' | 'leading';
  /** Among nodes with equally advanced logs, the one with the highest priority leads. */
  readonly priority: number;
  /**
   * The last poll that this node held and lost, with the answers of the others; `null` for one that would have
   * supported it.
   */
  readonly lastPoll: { readonly refusals: Readonly<Record<string, string | null>> } | null;
  /**
   * Members that this node could not reach at its last check, which it makes every half minute. To become the leader it
   * must reach enough of them.
   */
  readonly unreachable: readonly string[];
}

/** How a node sees itself and, if it leads, the others. Ends are one past the last entry, so they count entries from 0. */
export interface Health {
  /** `degraded`: appends are taken, but those with `w=all` wait for the members in `waitingFor`. */
  readonly status: 'healthy' | 'degraded' | 'read-only';
  /** The same as `node`, and how many entries a `default` read sees, for clients of an older server. */
  readonly server_id: string;
  readonly message_count: number;
  readonly role: Role;
  readonly node: string;
  readonly cluster: string | null;
  readonly storage: string;
  /** The highest epoch that the node has promised. */
  readonly epoch: number;
  readonly leader: LeaderAddress | null;
  /** A date: since when this node has known of the present leader and its epoch; `null` while it knows of none. */
  readonly leaderSince: string | null;
  /** The leader of the higher epoch that ended this node's. */
  readonly deposedBy: LeaderAddress | null;
  /** This node could become the leader: it is a member, its disk has room and answers, and it reaches enough other members. */
  readonly electable: boolean;
  /** Why it is not `electable`; empty if it is. */
  readonly notElectable: readonly NotElectable[];
  /** How many members may fail now before appends stop; `null` on a node that does not lead. */
  readonly tolerates: number | null;
  /** This node's part in elections; `null` if a coordinator names the leader. */
  readonly election: Election | null;
  /** The first entry that is kept: those before it are trimmed. */
  readonly firstOffset: number;
  /** A date: when that entry was written, measured every ten seconds; `null` until then, and while nothing is kept. */
  readonly oldestAt: string | null;
  /** What the cluster keeps, as far as this node knows. */
  readonly retention: Retention;
  /** One past the last entry that is known here, flushed here, committed, shown to a `default` read. */
  readonly ends: {
    readonly logEnd: number;
    readonly durableEnd: number;
    readonly committedEnd: number;
    readonly visibleEnd: number;
  };
  readonly members: readonly Member[];
  /** The missing members: for appends to be taken or, if `degraded`, for those with `w=all` to be answered. */
  readonly waitingFor: readonly string[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
  /** The operation that the disk has not completed for too long; `null` while the disk answers. */
  readonly diskStalled: { readonly what: 'write' | 'flush' | 'cut' | 'state-file'; readonly ms: number } | null;
  /** Measured every ten seconds; `null` until then, and for a log in memory. */
  readonly disk: DiskBytes | null;
  /** How far the timestamp of the last batch is ahead of this node's wall clock. */
  readonly datedAheadMs: number;
  /**
   * On the leader: how far its wall clock is ahead of the time by which it dates batches (negative: behind); 0 below a
   * minute.
   */
  readonly clockDoubtedMs: number;
  /** On the leader: entries should go for their age, and stay, because its clock is not near those of a majority. */
  readonly isRetentionHeld: boolean;
  /** A date: when this process was started. */
  readonly startedAt: string;
  readonly settings: NodeSettings;
  /** A date: when its TLS certificate ends; `null` without one. */
  readonly certificateEndsAt: string | null;
  readonly version: string;
}

/** `GET /ready` */
export interface Ready {
  readonly status: 'ready';
  readonly role: Role;
}
