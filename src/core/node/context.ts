/** What every part of a replica shares: who it is, its log, its promises, the time, and where decisions go. */

import { clusterId, instantMs, timestampMs } from '../model/numbers.ts';
import type { ClusterId, Incarnation, InstantMs, NodeId, TimestampMs } from '../model/numbers.ts';
import type { HealthLimits } from '../model/health.ts';
import type { IdempotencyLimits } from '../log/idempotency-index.ts';
import type { LogOutline } from '../log/log-outline.ts';
import { isMember } from '../model/members.ts';
import { electsLeaders, handsOver, remembersForwards } from '../model/features.ts';
import type { Hello } from '../model/messages.ts';
import { ForwardMemory } from './forward-memory.ts';
import type { Outbox } from './outbox.ts';
import type { Candidacy, Promises } from './promises.ts';
import { Room } from './room.ts';

export interface ReplicaOptions {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
  /** Where other nodes reach this one. */
  readonly url: string;
  /** URLs of the members named by the operator. */
  readonly secondaries: readonly string[];
  /** Whether there is a master to register with. */
  readonly hasMasterUrl: boolean;
  /** `never`: neither found a cluster nor lead without a majority of the storages that the list knows. */
  readonly newCluster: 'auto' | 'never';
  /** Whether a cluster is founded only once all named nodes answer, all of them blank; else a majority is enough. */
  readonly foundsWithAll: boolean;
  /** How long every batch is held before it is stored here. */
  readonly delayMs: number;
  readonly heartbeatIntervalMs: number;
  readonly health: HealthLimits;
  readonly idempotency: IdempotencyLimits;
  /** Appends that may wait at once, and bytes of their messages. */
  readonly pendingAppendsMax: number;
  readonly pendingBytesMax: number;
  /** A batch takes no further append beyond this. */
  readonly batchBytesMax: number;
  /** Bytes that may be in flight to a follower that does not delay. */
  readonly windowBytes: number;
  /** How long a master that founded alone listens for registrations before it takes appends. */
  readonly listeningMs: number;
  /** Draws a new id. Chance is handed in, so that a run can be replayed. */
  readonly drawId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  /** `undefined`: a coordinator names who leads. */
  readonly elections?: ElectionOptions | undefined;
  /** It does as a node of the last version did, and says that it can no more: for tests of clusters that are upgraded. */
  readonly isOlder?: boolean;
}

/** Nodes that elect their leader among themselves. */
export interface ElectionOptions {
  /** Without a word from the leader for this long, a node holds a poll. */
  readonly timeoutMs: number;
  /** Of nodes that are equally far, who leads: the higher. It orders, and forbids nothing. */
  readonly priority: number;
  /** Whether this node is the first of those that the operator named: it founds the cluster. */
  readonly isFounder: boolean;
  /** Whether a list that no majority remembers may be rebuilt once all its names answer: nodes that keep the log in memory. */
  readonly mayRecoverWithoutQuorum: boolean;
}

export class NodeContext {
  readonly options: ReplicaOptions;
  readonly outline: LogOutline;
  readonly promises: Promises;
  readonly out: Outbox;
  readonly room: Room;
  readonly forwards: ForwardMemory;
  now: InstantMs = instantMs(0);
  wallClock: TimestampMs = timestampMs(0);
  /** While an empty cluster of its own is being given up for another one. */
  isYielding = false;

  constructor(parts: {
    readonly options: ReplicaOptions;
    readonly outline: LogOutline;
    readonly promises: Promises;
    readonly out: Outbox;
  }) {
    this.options = parts.options;
    this.outline = parts.outline;
    this.promises = parts.promises;
    this.out = parts.out;
    this.room = new Room(parts.out);
    this.forwards = new ForwardMemory(parts.options, parts.outline);
  }

  get self(): Candidacy {
    return { id: this.options.id, incarnation: this.options.incarnation };
  }

  /** The cluster of this node's log; `null` without a log: one without a batch belongs to nobody. */
  get clusterId(): ClusterId | null {
    return this.outline.hasLog ? this.promises.state.clusterId : null;
  }

  /** Whether the list in force names this node with this storage. */
  get isListed(): boolean {
    const { list } = this.outline;
    return list !== undefined && isMember(list, { id: this.options.id, storageId: this.promises.storageId });
  }

  /** Whether a single message was ever written here. */
  get hasMessages(): boolean {
    return this.outline.end.offset > 0;
  }

  /** Whether a list that no majority remembers may be rebuilt from the nodes that answer. */
  get mayRecoverWithoutQuorum(): boolean {
    const { newCluster, elections } = this.options;
    return newCluster !== 'never' && (elections === undefined || elections.mayRecoverWithoutQuorum);
  }

  /** Whether this storage lost what it had acknowledged, and no list names it since: it counts for nothing. */
  get hasForgotten(): boolean {
    return this.promises.state.forgot !== null && !this.isListed;
  }

  /** The same, of members of which so many remember: where none does, somebody has to say that this is all there is. */
  mayRecoverWith(rememberingCount: number): boolean {
    return this.mayRecoverWithoutQuorum && !(this.hasForgotten && rememberingCount === 0);
  }

  /** Why this node founds no cluster; `undefined` if it may. */
  get whyNotFound(): string | undefined {
    if (this.hasForgotten) return 'this storage had a log, and forgot it';
    return this.options.newCluster === 'never' ? 'NEW_CLUSTER=never forbids to found a cluster' : undefined;
  }

  hello(): Hello {
    return {
      kind: 'hello',
      epoch: this.promises.promisedEpoch,
      id: this.options.id,
      storageId: this.promises.storageId,
      incarnation: this.options.incarnation,
      url: this.options.url,
      clusterId: this.clusterId,
      hasMessages: this.hasMessages,
      memberIds: this.outline.list?.members.map((member) => member.id) ?? [],
      delayMs: this.options.delayMs,
      wallClock: this.wallClock,
      features: this.#features(),
      priority: this.options.elections?.priority,
    };
  }

  #features(): readonly string[] {
    const { elections, isOlder } = this.options;
    return [handsOver, ...(elections === undefined ? [] : [electsLeaders]), ...(isOlder === true ? [] : [remembersForwards])];
  }

  drawClusterId(): ClusterId {
    return clusterId(this.options.drawId());
  }
}

/** Full jitter (AWS, "Exponential Backoff And Jitter"): anywhere between 0 and the exponential bound. */
export function backoffMs(attempts: number, bounds: { readonly baseMs: number; readonly capMs: number }, random: () => number): number {
  return random() * Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempts, 20));
}
