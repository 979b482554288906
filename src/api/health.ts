/** `GET /health`: how a node is, as it knows itself and, if it leads, the others. */

export type Role = 'leader' | 'candidate' | 'follower';

export interface NodeAddress {
  readonly id: string;
  readonly url: string;
}

/** Who leads, or led, which epoch. */
interface LeaderAddress extends NodeAddress {
  readonly epoch: number;
}

export interface Member extends NodeAddress {
  /** `unclaimed`: counts, and was never reached; `joining`: is fed, and does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Known to the leader only, as are lags. */
  readonly health: 'healthy' | 'suspected' | 'unhealthy' | null;
  readonly durableEnd: number | null;
  readonly lagEntries: number | null;
  readonly lagMs: number | null;
}

interface Election {
  /** `following` also while it hears from nobody, and waits for its turn. */
  readonly state: 'following' | 'polling' | 'campaigning' | 'leading';
  /** Of those that hold the same log, the one with the higher priority leads. */
  readonly priority: number;
  /** The last poll that this node held and lost, with what the others said: `null` of one that would have had it lead. */
  readonly lastPoll: { readonly refusals: Readonly<Record<string, string | null>> } | null;
  /** Members that it did not reach when it looked last, every half minute: it would have to, to come to lead. */
  readonly unreachable: readonly string[];
}

export interface Health {
  /** `degraded`: appends are taken, and those at `w=all` wait for the members in `waitingFor`. */
  readonly status: 'healthy' | 'degraded' | 'read-only';
  /** The same as `node` and `ends.visibleEnd`, for clients of an older server. */
  readonly server_id: string;
  readonly message_count: number;
  readonly role: Role;
  readonly node: string;
  readonly cluster: string | null;
  readonly storage: string;
  /** The highest that the node promised. */
  readonly epoch: number;
  readonly leader: LeaderAddress | null;
  /** A date: since when this node knows that it leads; `null` while it knows of nobody. */
  readonly leaderSince: string | null;
  /** Who led a higher epoch, and so ended this node's. */
  readonly deposedBy: LeaderAddress | null;
  /** Whether it could come to lead: a member, with room on a disk that answers, that reaches enough others. */
  readonly electable: boolean;
  /** How many members may fail now before appends end; `null` on a node that does not lead. */
  readonly tolerates: number | null;
  /** Of nodes that elect: where this one stands. `null` where a coordinator names the leader. */
  readonly election: Election | null;
  /** One past the last entry known, flushed, held by a majority, shown to a `default` read. */
  readonly ends: {
    readonly logEnd: number;
    readonly durableEnd: number;
    readonly committedEnd: number;
    readonly visibleEnd: number;
  };
  readonly members: readonly Member[];
  /** Who is missing: before appends can be taken, or for `w=all`. */
  readonly waitingFor: readonly string[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
  /** What the disk has not answered for too long; `null` while it answers. */
  readonly diskStalled: { readonly what: 'write' | 'flush' | 'cut' | 'state-file'; readonly ms: number } | null;
  /** In bytes, measured every ten seconds; `null` in memory, and until it was measured. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number; readonly logBytes: number } | null;
  /** By how much the last batch is dated ahead of the node's wall clock. */
  readonly datedAheadMs: number;
  /** On a leader: how far its wall clock is ahead of what it dates with (negative: behind); 0 below a minute. */
  readonly clockDoubtedMs: number;
  /** A date: when this process was started. */
  readonly startedAt: string;
  readonly version: string;
}

/** `GET /ready` */
export interface Ready {
  readonly status: 'ready';
  readonly role: Role;
}
