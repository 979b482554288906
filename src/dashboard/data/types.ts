/** What nodes tell the page, as the routes have it, and what the page makes of it. */

export type W = number | 'majority' | 'all';
export type Role = 'leader' | 'candidate' | 'follower';
export type MemberHealth = 'healthy' | 'suspected' | 'unhealthy';

export interface NodeAddress {
  readonly id: string;
  readonly url: string;
}

/** `GET /nodes`, and the first event of `GET /activities`. */
export interface NodeList {
  /** The node that serves this page; `null` if no node does. */
  readonly self: string | null;
  readonly hasLab: boolean;
  readonly nodes: readonly NodeAddress[];
}

export interface Member extends NodeAddress {
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** `null` unless the node that tells it leads; so are the others. */
  readonly health: MemberHealth | null;
  readonly durableEnd: number | null;
  readonly lagEntries: number | null;
  readonly lagMs: number | null;
}

/** `GET /health` */
export interface Health {
  /** `degraded`: appends are taken, and those at `w=all` wait for the members in `waitingFor`. */
  readonly status: 'healthy' | 'degraded' | 'read-only';
  readonly server_id: string;
  readonly message_count: number;
  readonly role: Role;
  readonly node: string;
  readonly cluster: string | null;
  readonly storage: string;
  readonly epoch: number;
  readonly leader: NodeAddress | null;
  readonly deposedBy: NodeAddress | null;
  /** Each one past the last: known, flushed here, held by a majority, visible to default reads. */
  readonly ends: { readonly logEnd: number; readonly durableEnd: number; readonly committedEnd: number; readonly visibleEnd: number };
  readonly members: readonly Member[];
  readonly waitingFor: readonly string[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
  readonly version: string;
}

/** Something that happened on a node, by its own clock (ms since 1970, with fractions). Ends are one past, and cumulative. */
export type Moment =
  | { readonly at: number; readonly kind: 'placed'; readonly start: number; readonly end: number }
  | { readonly at: number; readonly kind: 'held'; readonly node: string; readonly end: number }
  | { readonly at: number; readonly kind: 'committed'; readonly end: number }
  | {
      readonly at: number;
      readonly kind: 'answered';
      readonly offset: number | null;
      readonly ms: number;
      readonly acks: number | null;
      readonly w: W;
      /** Of the problem document; `null` for what went well. */
      readonly code: string | null;
    };

export interface Frame {
  readonly at: number;
  readonly health?: Health;
  readonly moments: readonly Moment[];
}

/** One second of a node's life. */
export interface Sample {
  readonly at: number;
  readonly appends: number;
  readonly entries: number;
  readonly refused: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly lagEntries: Readonly<Record<string, number | null>>;
  readonly lagMs: Readonly<Record<string, number | null>>;
  readonly epoch: number;
  readonly role: Role;
}

/** `GET /history` */
export interface History {
  readonly intervalMs: number;
  readonly samples: readonly Sample[];
}

/** A node as the page shows it. What was last heard of a node that is gone stays. */
export interface NodeView extends NodeAddress {
  /** Its place in the list and its colour: 0 is the first. */
  readonly index: number;
  readonly isReachable: boolean;
  /** Why not, in the words of the server. */
  readonly goneReason: string | undefined;
  /** It takes connections and says nothing: stopped, or its machine is. */
  readonly isSilent: boolean;
  readonly health: Health | undefined;
  /** One past the last entry it holds, as far as the page can know: from itself, or from what the leader heard of it. */
  readonly heldEnd: number | undefined;
  /** What the present leader says of it; `undefined` if there is none, or it does not know the node. */
  readonly member: Member | undefined;
  /** Its storage is new and does not count yet, or its name is not in the list yet. */
  readonly isJoining: boolean;
}

export interface ClusterView {
  /** Of the page's own stream. */
  readonly connection: 'connecting' | 'open' | 'lost';
  /** When its server was heard last, in ms since 1970: while the connection is lost, all of this is as of then. */
  readonly heardAt: number | undefined;
  readonly self: string | undefined;
  readonly hasLab: boolean;
  readonly nodes: readonly NodeView[];
  /** The reachable node that leads the highest epoch. */
  readonly leader: NodeView | undefined;
}
