/** What goes in and comes out of the client. Its own types: nothing of the server is needed to use them. */

/** How many nodes must hold a message durably, the leader among them: a number from 1, a majority of the members, or all. */
export type WriteConcern = number | 'majority' | 'all';

/**
 * Up to where a reader sees. `default`: what is acknowledged (the leader) or held (others), which a change of leader may
 * take back; `committed`: never anything that vanishes; `linearizable`: all that was committed before the request.
 */
export type ReadLevel = 'default' | 'committed' | 'linearizable';

export interface Entry<Message = unknown> {
  /** Its place in the log: 0 for the first, dense. */
  readonly offset: number;
  /** Of the leader that wrote it. */
  readonly epoch: number;
  /** When the leader wrote it, in ISO 8601. */
  readonly timestamp: string;
  readonly message: Message;
}

export interface Appended {
  readonly offset: number;
  readonly epoch: number;
  readonly w: WriteConcern;
  /** How many nodes held it durably when it was answered. */
  readonly acks: number;
}

export interface AppendedMany extends Appended {
  /** They have the offsets from `offset` up to, not including, `offset + count`. */
  readonly count: number;
}

export interface ClientOptions {
  /** Where nodes are, like `http://localhost:5000`: all of one cluster. The first one is asked while it answers. */
  readonly urls: string | readonly string[];
  /** For appends that don't say. Without it the node's own default, which is `all`. */
  readonly w?: WriteConcern;
  /** For calls that don't say, in milliseconds: 30,000 without it. */
  readonly timeoutMs?: number;
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Gives up. What was sent by then may have happened. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to go on trying, in whole milliseconds from 1 to 600,000. For an append: how long until it is sent, and how
   * long from then on until it is held.
   */
  readonly timeoutMs?: number | undefined;
}

export interface AppendOptions extends CallOptions {
  readonly w?: WriteConcern | undefined;
  /**
   * Makes it harmless to append the same once more, in another process too: the same key again is not stored again.
   * The client's own retries need none. It is sent alone, not together with others. 1 to 255 characters.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Offset of the first entry: 0 without it. */
  readonly from?: number | undefined;
  /** At most so many entries: all without it. */
  readonly limit?: number | undefined;
  /** Without it `default`. */
  readonly level?: ReadLevel | undefined;
  /** Entries in a page, at most: 1,000 without it. */
  readonly pageEntries?: number | undefined;
}

export interface FollowOptions {
  /** Offset of the first entry: 0 without it. */
  readonly from?: number | undefined;
  /** Without it `committed`. */
  readonly level?: ReadLevel | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A connection on which nothing comes for so long is given up, in milliseconds: 45,000 without it, three heartbeats of a node. */
  readonly silenceMs?: number | undefined;
  /** Told why it connects again. */
  readonly onRetry?: ((reason: Error) => void) | undefined;
}

export interface Member {
  readonly id: string;
  readonly url: string;
  /** `unclaimed`: counts, and was never reached; `joining`: is fed, and does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Known to the leader only, as are lags. */
  readonly health: 'healthy' | 'suspected' | 'unhealthy' | null;
  readonly durableEnd: number | null;
  readonly lagEntries: number | null;
  readonly lagMs: number | null;
}

/** A node as it knows itself. */
export interface Status {
  /** `degraded`: appends are taken, and those at `w=all` wait for the members in `waitingFor`. */
  readonly status: 'healthy' | 'degraded' | 'read-only';
  readonly node: string;
  readonly role: 'leader' | 'candidate' | 'follower';
  readonly cluster: string | null;
  readonly epoch: number;
  readonly leader: { readonly id: string; readonly url: string; readonly epoch: number } | null;
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
  /** By how much the last batch is dated ahead of the node's wall clock. */
  readonly datedAheadMs: number;
  /** On a leader: how far its wall clock is ahead of what it dates with; 0 below a minute. */
  readonly clockDoubtedMs: number;
  readonly diskStalled: { readonly what: 'write' | 'flush' | 'cut' | 'state-file'; readonly ms: number } | null;
  readonly version: string;
}
