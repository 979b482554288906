/**
 * What goes into the core and what comes out of it.
 *
 * Events are facts, in the past tense: the core cannot refuse them. `Ready` is what the driver must do now. Only the log work
 * is ordered: a finished write is an event too, and the core itself holds back whatever must wait for it.
 */

import type { AppendKey, Batch, BatchDraft } from './batch.ts';
import type { BasePlan, Checkpoint, Survey, SurveyWish } from './checkpoint.ts';
import type { Retention } from './control.ts';
import type { LogTime } from './log-part.ts';
import type { PeerMessage } from './messages.ts';
import type {
  BatchNumber,
  ClusterId,
  Epoch,
  Incarnation,
  InstantMs,
  NodeId,
  Offset,
  RequestId,
  StorageId,
  StreamId,
  TimestampMs,
} from './numbers.ts';
import type { Held, LogPoint } from './place.ts';
import type { Shortage } from './shortage.ts';
import type { ProblemCode, ProblemFacts } from '../../api/problems.ts';
import type { AppendWait } from './write-concern.ts';

/** The content of the state file: everything besides the log that a node must not forget. */
export interface NodeState {
  /** `null` until this storage joins its first cluster. */
  readonly clusterId: ClusterId | null;
  readonly storageId: StorageId;
  readonly promisedEpoch: Epoch;
  readonly promisedTo: { readonly id: NodeId; readonly incarnation: Incarnation } | null;
  /** The last batch that the disk had flushed and then lost, which is why this storage was given a new id. */
  readonly forgot: Held | null;
  /** One past the last batch of a backup that was restored into this storage, until a new cluster has begun there. */
  readonly restoredTo?: BatchNumber;
}

export interface AppendRequest {
  readonly requestId: RequestId;
  readonly entryCount: number;
  /** The memory that its messages take. Limits apply to it. */
  readonly byteCount: number;
  readonly concern: AppendWait;
  /** Of all its messages together. */
  readonly key: AppendKey | undefined;
  /** Set if each message has a key of its own, or none; then there is no `key`. */
  readonly keys?: readonly (AppendKey | undefined)[] | undefined;
  /** It is only for this epoch: a leader of another one must not store it. */
  readonly ifEpoch?: Epoch | undefined;
}

/** Where the messages of an append are that have keys of their own, one place each. */
export interface MessagePlaces {
  readonly offsets: readonly Offset[];
  /** The epochs in which they were written; `undefined` if it is one for all. */
  readonly epochs: readonly Epoch[] | undefined;
}

/** What is known about a node that refuses to talk because it belongs to another cluster. */
export interface OtherCluster {
  readonly clusterId: ClusterId;
  readonly memberIds: readonly NodeId[];
  readonly hasMessages: boolean;
}

export type ReplicaEvent =
  | { readonly kind: 'ticked'; readonly now: InstantMs; readonly wallClock: TimestampMs }
  /** The coordinator lets this node try to lead; whether it does is decided by promises. */
  | { readonly kind: 'leadershipOffered' }
  /** It no longer names this node. A leader continues until it hears of a higher epoch; a candidate stops. */
  | { readonly kind: 'leadershipWithdrawn' }
  | ({ readonly kind: 'appendRequested' } & AppendRequest)
  /** The client went away. What was appended stays, but no client waits for it any more. */
  | { readonly kind: 'appendAbandoned'; readonly requestId: RequestId }
  | { readonly kind: 'readRequested'; readonly requestId: RequestId; readonly timeoutMs: number }
  /** A node gives its own address; or an operator (by hand) gives the address of a node, and perhaps its name. */
  | {
      readonly kind: 'registered';
      readonly requestId: RequestId;
      readonly url: string;
      readonly id: NodeId | undefined;
      readonly isByHand: boolean;
    }
  | { readonly kind: 'removalRequested'; readonly requestId: RequestId; readonly id: NodeId; readonly timeoutMs: number }
  | ({ readonly requestId: RequestId; readonly timeoutMs: number } & (
      | { readonly kind: 'trimRequested'; readonly before: Offset }
      | { readonly kind: 'retentionRequested'; readonly retention: Retention }
    ))
  /** This node should become the leader. `isForced`: without asking the present leader, and without a poll. */
  | { readonly kind: 'promotionRequested'; readonly requestId: RequestId; readonly timeoutMs: number; readonly isForced: boolean }
  /** This node is about to stop, and should hand leadership over if another node can take it. */
  | { readonly kind: 'handOverRequested' }
  /** An operator goes on without a majority: a new cluster from this node's log alone. */
  | { readonly kind: 'newClusterForced'; readonly requestId: RequestId }
  | { readonly kind: 'dialed'; readonly url: string; readonly stream: StreamId }
  | { readonly kind: 'dialFailed'; readonly url: string; readonly reason: string }
  | { readonly kind: 'dialRefused'; readonly url: string; readonly other: OtherCluster | undefined; readonly reason: string }
  | { readonly kind: 'streamAccepted'; readonly stream: StreamId }
  | { readonly kind: 'streamLost'; readonly stream: StreamId }
  /** Part of a message that is still incomplete: a large batch takes a while on a slow link. */
  | { readonly kind: 'bytesReceived'; readonly stream: StreamId }
  | { readonly kind: 'messageReceived'; readonly stream: StreamId; readonly message: PeerMessage }
  | { readonly kind: 'stateSaved'; readonly version: number }
  /** The operating system has taken the bytes of every batch before number `end`: there was room for them. */
  | { readonly kind: 'written'; readonly end: BatchNumber }
  /** Every batch before number `end` is flushed. */
  | { readonly kind: 'flushed'; readonly end: BatchNumber }
  /** There was no room for batch `number` and those after it, `bytes` in total; none of them is in the storage. */
  | { readonly kind: 'writeRefused'; readonly number: BatchNumber; readonly bytes: number; readonly lacks: Shortage }
  | { readonly kind: 'roomFound' }
  | { readonly kind: 'roomMeasured'; readonly freeBytes: number }
  /** The rest of the log is flushed. The time is that of its last batch. */
  | ({ readonly kind: 'logCut'; readonly cutId: number; readonly point: LogPoint } & LogTime)
  /** `offset` is where the batch begins; `undefined` if it is not in the storage. */
  | { readonly kind: 'located'; readonly locateId: number; readonly offset: Offset | undefined }
  /** The storage begins at this base now, as `rebase` wanted. */
  | { readonly kind: 'rebased'; readonly base: LogPoint }
  /** A part of a checkpoint was written, up to this position. */
  | { readonly kind: 'checkpointReceived'; readonly fetchId: number; readonly position: number }
  /** The log was replaced by the received checkpoint; `undefined`: it is not sound, and nothing was changed. */
  | { readonly kind: 'checkpointInstalled'; readonly cutId: number; readonly checkpoint: Checkpoint | undefined }
  | { readonly kind: 'surveyed'; readonly survey: Survey }
  /** `epoch` is that of the feed, since feed ids start over with each epoch. */
  | {
      readonly kind: 'fed';
      readonly stream: StreamId;
      readonly epoch: Epoch;
      readonly feedId: number;
      readonly end: BatchNumber;
      readonly bytes: number;
    }
  /** No new appends from now on. Those that wait may still be answered. */
  | { readonly kind: 'stopRequested' }
  /** The time for a graceful stop is over: all requests that still wait are answered now. */
  | { readonly kind: 'stopExpired' };

/** Work on the log, to be done in this order. */
export type LogWork =
  | { readonly kind: 'write'; readonly draft: BatchDraft }
  | { readonly kind: 'store'; readonly batch: Batch }
  | { readonly kind: 'cut'; readonly cutId: number; readonly point: LogPoint }
  /** Find where batch `number` begins, once all earlier work is done, and report `located`. */
  | { readonly kind: 'locate'; readonly locateId: number; readonly number: BatchNumber }
  /** Store a part of another node's checkpoint, and report `checkpointReceived`. */
  | { readonly kind: 'receive'; readonly fetchId: number; readonly position: number; readonly bytes: Uint8Array }
  /** The checkpoint is complete: replace the log by it, and report `checkpointInstalled`. */
  | { readonly kind: 'install'; readonly cutId: number; readonly base: LogPoint };

/** Work on the log that is done beside all other work, one at a time. */
export type SideWork =
  /** Begin at this base, and report `rebased`. */
  | { readonly kind: 'rebase'; readonly plan: BasePlan }
  /** Report `surveyed`. */
  | { readonly kind: 'survey'; readonly wish: SurveyWish };

/** Send a part of this node's checkpoint, if it is still the one at this base; otherwise close the stream. */
export interface CheckpointFeed {
  readonly stream: StreamId;
  readonly epoch: Epoch;
  readonly base: BatchNumber;
  readonly position: number;
}

/** Send batches of the log from number `from` on: about `bytesMax` bytes, but at least one batch. Then report `fed`. */
export interface Feed {
  readonly stream: StreamId;
  readonly feedId: number;
  readonly from: BatchNumber;
  /** Send nothing at or beyond this batch. */
  readonly end: BatchNumber;
  readonly bytesMax: number;
  readonly as: 'replicate' | 'fetched';
  readonly epoch: Epoch;
}

export type Reply =
  | {
      readonly kind: 'appended';
      readonly requestId: RequestId;
      readonly offset: Offset;
      readonly entryCount: number;
      /** With `places`: that of the newest entry. */
      readonly epoch: Epoch;
      readonly acks: number;
      /** Set if the messages have keys of their own. They need not be consecutive; `offset` is that of the first message. */
      readonly places?: MessagePlaces | undefined;
    }
  | { readonly kind: 'readable'; readonly requestId: RequestId; readonly end: Offset }
  | { readonly kind: 'registration'; readonly requestId: RequestId; readonly registration: Registration }
  | { readonly kind: 'removed'; readonly requestId: RequestId }
  /** Entries before `firstOffset` are gone, on every node that knows of the decision. */
  | { readonly kind: 'trimmed'; readonly requestId: RequestId; readonly firstOffset: Offset }
  | { readonly kind: 'retentionSet'; readonly requestId: RequestId; readonly retention: Retention }
  | { readonly kind: 'promoted'; readonly requestId: RequestId; readonly epoch: Epoch }
  | { readonly kind: 'clusterForced'; readonly requestId: RequestId; readonly clusterId: ClusterId }
  | {
      readonly kind: 'failed';
      readonly requestId: RequestId;
      readonly code: ProblemCode;
      readonly detail: string;
      readonly facts: ProblemFacts;
      /** Set if the append is in the log all the same; `undefined` if it got no place there. */
      readonly placed: PlacedFailure | undefined;
    };

/** The place of an append that is in the log but is answered with a failure, and how many nodes held it by then. */
export interface PlacedFailure {
  readonly offset: Offset;
  readonly acks: number;
}

export interface Registration {
  readonly url: string;
  /** `null` as long as no node was reached there. */
  readonly id: NodeId | null;
  readonly state: 'member' | 'joining' | 'unreached';
}

/** A follower reported that it holds more than before. */
export interface Acknowledgement {
  readonly follower: NodeId;
  /** One past the last entry that it holds durably. */
  readonly end: Offset;
  /** How long ago this was sent to it. */
  readonly ms: number;
}

/** An event for the node's log file. The names of log events are public: docs, metrics and alerts cite them. */
export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  /** Every line already has `node`, the node that wrote it. A second `node` would change whose line it is. */
  readonly facts: Readonly<Record<string, unknown>> & { readonly node?: never };
}

export interface Ready {
  /** Only the newest state: it replaces any that was not saved yet. */
  readonly save: { readonly state: NodeState; readonly version: number } | undefined;
  readonly logWork: readonly LogWork[];
  readonly sends: readonly { readonly stream: StreamId; readonly message: PeerMessage }[];
  readonly feeds: readonly Feed[];
  readonly sideWork: readonly SideWork[];
  readonly checkpointFeeds: readonly CheckpointFeed[];
  readonly dials: readonly string[];
  /** Streams to close, each after everything that was sent on it before has gone out. */
  readonly closes: readonly StreamId[];
  readonly replies: readonly Reply[];
  /** Appends whose messages can be dropped, because they repeat appends that are in the log. They still wait for an answer. */
  readonly letGo: readonly RequestId[];
  readonly logEvents: readonly LogEvent[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** Register this node with the masters and with these members; `undefined`: not now. */
  readonly registerAt: readonly string[] | undefined;
  /** Check whether the disk has room for this many bytes, and report `roomFound` if it has. */
  readonly roomWanted: number | undefined;
  /** Report `roomMeasured`. */
  readonly isRoomMeasured: boolean;
}
