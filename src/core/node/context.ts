/** What all parts of a replica share: its options, its log, its promises, the time, and the outbox for decisions. */

import { clusterId, instantMs, timestampMs } from '../model/numbers.ts';
import type { BatchNumber, ClusterId, Incarnation, InstantMs, NodeId, TimestampMs } from '../model/numbers.ts';
import type { HealthLimits } from '../model/health.ts';
import type { IdempotencyLimits } from '../log/idempotency-index.ts';
import type { LogOutline } from '../log/log-outline.ts';
import type { Retention } from '../model/control.ts';
import { isMember } from '../model/members.ts';
import { electsLeaders, handsOver, readsControls, remembersForwards, takesForwardsTogether } from '../model/features.ts';
import type { OtherCluster } from '../model/events.ts';
import type { Hello } from '../model/messages.ts';
import { ForwardMemory } from './forward-memory.ts';
import { KnownFeatures } from './known-features.ts';
import type { Outbox } from './outbox.ts';
import type { Candidacy, Promises } from './promises.ts';
import { Room } from './room.ts';

export interface ReplicaOptions {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
  /** Where other nodes reach this one. */
  readonly url: string;
  /** The URLs of the members that the operator named. */
  readonly secondaries: readonly string[];
  /** Whether there is a master to register with. */
  readonly hasMasterUrl: boolean;
  /** `never`: neither found a cluster nor lead without a majority of the storages that the list knows. */
  readonly newCluster: 'auto' | 'never';
  /** Whether all named nodes must answer before a cluster is founded; otherwise a majority is enough. */
  readonly foundsWithAll: boolean;
  /** How long every batch is delayed before it is stored here. */
  readonly delayMs: number;
  readonly heartbeatIntervalMs: number;
  readonly health: HealthLimits;
  readonly idempotency: IdempotencyLimits;
  /** How many appends may wait at a time, and how many bytes their messages may have. */
  readonly pendingAppendsMax: number;
  readonly pendingBytesMax: number;
  /** How many registered nodes that are no members may be dialed or fed at a time. */
  readonly joiningMax?: number;
  /** How much must be free on the disk for entries to be taken: room for a segment and a checkpoint. */
  readonly keptBytes?: number;
  /** No append is added to a batch that would exceed this with it. */
  readonly batchBytesMax: number;
  /** How many bytes may be in flight to a follower without a delay. */
  readonly windowBytes: number;
  /** How long a master that founded alone listens for registrations before it takes appends. */
  readonly listeningMs: number;
  /** What a new cluster keeps, as configured. */
  readonly founding?: Retention | undefined;
  /** Draws a new id. Randomness is handed in, so that a run can be replayed. */
  readonly drawId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
  /** `undefined` if a coordinator names the leader. */
  readonly elections?: ElectionOptions | undefined;
  /**
   * Who becomes a member. `anyone`: every node that registers itself and has caught up. `wanted`: only those that are named
   * in the configuration or were registered by hand, and no more than `consentedMembersMax` in all; the others are fed, and
   * do not count.
   */
  readonly joins?: 'anyone' | 'wanted';
  /** It does as a node of the last version did, and says that it can no more: for tests of clusters that are upgraded. */
  readonly isOlder?: boolean;
}

/** Nodes that elect their leader among themselves. */
export interface ElectionOptions {
  /** A node that has not heard from the leader for this long holds a poll. */
  readonly timeoutMs: number;
  /** Among nodes with equally long logs, the one with the highest priority should lead. The others still may. */
  readonly priority: number;
  /** Whether this node founds the cluster, because it is the first of those that the operator named. */
  readonly isFounder: boolean;
  /** Whether the nodes keep their log in memory: then all members together may rebuild a list although no majority has a log. */
  readonly mayRecoverWithoutQuorum: boolean;
}

export class NodeContext {
  readonly options: ReplicaOptions;
  readonly outline: LogOutline;
  readonly promises: Promises;
  readonly out: Outbox;
  readonly room: Room;
  readonly features: KnownFeatures;
  readonly forwards: ForwardMemory;
  now: InstantMs = instantMs(0);
  wallClock: TimestampMs = timestampMs(0);
  /** Whether this node is giving up an empty cluster of its own for another one. */
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
    this.room = new Room(parts.out, parts.options.keptBytes);
    this.features = new KnownFeatures(parts.options.id);
    this.forwards = new ForwardMemory(parts.options, parts.outline, this.features);
  }

  get self(): Candidacy {
    return { id: this.options.id, incarnation: this.options.incarnation };
  }

  /** The cluster of this node's log; `null` as long as the log has no batch. */
  get clusterId(): ClusterId | null {
    return this.outline.hasLog ? this.promises.state.clusterId : null;
  }

  /** Whether the list in force names this node with this storage. */
  get isListed(): boolean {
    const { list } = this.outline;
    return list !== undefined && isMember(list, { id: this.options.id, storageId: this.promises.storageId });
  }

  /** Whether any message was ever written here. */
  get hasMessages(): boolean {
    return this.outline.end.offset > 0;
  }

  /**
   * Whether to refuse a stream from a node of cluster `theirs`. If this cluster has no messages it may still yield, which is
   * decided once both nodes have said hello.
   * @returns what the caller is told about this node's cluster; `undefined` if the stream is accepted
   */
  refusalOf(theirs: string | null): OtherCluster | undefined {
    const { clusterId: ours, hasMessages, outline } = this;
    if (ours === null || theirs === null || theirs === ours || !hasMessages) return undefined;
    return { clusterId: ours, hasMessages, memberIds: outline.list?.members.map((member) => member.id) ?? [] };
  }

  /** Whether the list may be rebuilt from the nodes that answer, although no majority has a log. */
  get mayRecoverWithoutQuorum(): boolean {
    const { newCluster, elections } = this.options;
    return newCluster !== 'never' && (elections === undefined || elections.mayRecoverWithoutQuorum);
  }

  /** Whether this storage lost what it had acknowledged, and the list does not name its new id: then it does not count. */
  get hasForgotten(): boolean {
    return this.promises.state.forgot !== null && !this.isListed;
  }

  /**
   * The same when `rememberingCount` members still have their storage. If none has, and this one forgot, an operator must say
   * that nothing more is left.
   */
  mayRecoverWith(rememberingCount: number): boolean {
    return this.mayRecoverWithoutQuorum && !(this.hasForgotten && rememberingCount === 0);
  }

  /** Why this node founds no cluster; `undefined` if it may. */
  get whyNotFound(): string | undefined {
    if (this.hasForgotten) return 'this storage had a log, and forgot it';
    return this.options.newCluster === 'never' ? 'NEW_CLUSTER=never forbids founding a cluster' : undefined;
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
      features: this.#ownFeatures(),
      priority: this.options.elections?.priority,
    };
  }

  #ownFeatures(): readonly string[] {
    const { elections, isOlder } = this.options;
    return [
      handsOver,
      ...(elections === undefined ? [] : [electsLeaders]),
      ...(isOlder === true ? [] : [remembersForwards, readsControls, takesForwardsTogether]),
    ];
  }

  /** Whether this node can read the log: an older version knows no controls. */
  canRead(hello: Hello): boolean {
    return this.outline.controls.newest < 0 || hello.features?.includes(readsControls) === true;
  }

  /** Only a node that knows controls is told: nothing else needs it. */
  committedNumberFor(hello: Hello | undefined): BatchNumber | undefined {
    return hello?.features?.includes(readsControls) === true ? this.outline.committedNumber : undefined;
  }

  drawClusterId(): ClusterId {
    return clusterId(this.options.drawId());
  }
}

/** Full jitter (AWS, "Exponential Backoff And Jitter"): anywhere between 0 and the exponential bound. */
export function backoffMs(attempts: number, bounds: { readonly baseMs: number; readonly capMs: number }, random: () => number): number {
  return random() * Math.min(bounds.capMs, bounds.baseMs * 2 ** Math.min(attempts, 20));
}
