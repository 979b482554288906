/**
 * What goes into the core and what comes out of it.
 *
 * Events are facts, in the past tense: the core cannot refuse them. `Ready` is what the driver must do now; only the
 * log work is in order, since a finished write is an event too, and the core itself holds back what must wait for it.
 */

import type { AppendKey, Batch, BatchDraft } from './batch.ts';
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

/** What the state file holds: all that a node must not forget, beside its log. */
export interface NodeState {
  /** `null` until this storage got its first cluster. */
  readonly clusterId: ClusterId | null;
  readonly storageId: StorageId;
  readonly promisedEpoch: Epoch;
  readonly promisedTo: { readonly id: NodeId; readonly incarnation: Incarnation } | null;
  /** The last batch that the disk had flushed, and did not hold any more when this storage was given its id. */
  readonly forgot: Held | null;
}

export interface AppendRequest {
  readonly requestId: RequestId;
  readonly entryCount: number;
  /** What its messages take in memory, for the limits. */
  readonly byteCount: number;
  readonly concern: AppendWait;
  readonly key: AppendKey | undefined;
}

/** Another node that cannot be spoken with, since it belongs to another cluster. */
export interface OtherCluster {
  readonly clusterId: ClusterId;
  readonly memberIds: readonly NodeId[];
  readonly hasMessages: boolean;
}

export type ReplicaEvent =
  | { readonly kind: 'ticked'; readonly now: InstantMs; readonly wallClock: TimestampMs }
  /** The coordinator lets this node try to lead; whether it does is decided by promises. */
  | { readonly kind: 'leadershipOffered' }
  /** It names this node no more. A node that leads goes on until it hears of a higher epoch; one that seeks to, stops. */
  | { readonly kind: 'leadershipWithdrawn' }
  | ({ readonly kind: 'appendRequested' } & AppendRequest)
  /** The asker went away. What was appended stays; nobody waits for it any more. */
  | { readonly kind: 'appendAbandoned'; readonly requestId: RequestId }
  | { readonly kind: 'readRequested'; readonly requestId: RequestId; readonly timeoutMs: number }
  /** A node says where it is, or (by hand) somebody else says so, and perhaps which node that is. */
  | {
      readonly kind: 'registered';
      readonly requestId: RequestId;
      readonly url: string;
      readonly id: NodeId | undefined;
      readonly isByHand: boolean;
    }
  | { readonly kind: 'removalRequested'; readonly requestId: RequestId; readonly id: NodeId; readonly timeoutMs: number }
  /** This node is to lead. `isForced`: without asking who leads, or whether the others would have it. */
  | { readonly kind: 'promotionRequested'; readonly requestId: RequestId; readonly timeoutMs: number; readonly isForced: boolean }
  /** This node is to lead no more, if another can: it is about to stop. */
  | { readonly kind: 'handOverRequested' }
  /** Without a majority: a new cluster from this node's log alone. */
  | { readonly kind: 'newClusterForced'; readonly requestId: RequestId }
  | { readonly kind: 'dialed'; readonly url: string; readonly stream: StreamId }
  | { readonly kind: 'dialFailed'; readonly url: string; readonly reason: string }
  | { readonly kind: 'dialRefused'; readonly url: string; readonly other: OtherCluster | undefined; readonly reason: string }
  | { readonly kind: 'streamAccepted'; readonly stream: StreamId }
  | { readonly kind: 'streamLost'; readonly stream: StreamId }
  /** Part of a message that is not whole yet: a large batch on a slow link takes a while. */
  | { readonly kind: 'bytesReceived'; readonly stream: StreamId }
  | { readonly kind: 'messageReceived'; readonly stream: StreamId; readonly message: PeerMessage }
  | { readonly kind: 'stateSaved'; readonly version: number }
  /** The bytes of every batch before number `end` are with the operating system: there was room. */
  | { readonly kind: 'written'; readonly end: BatchNumber }
  /** Every batch before number `end` is flushed. */
  | { readonly kind: 'flushed'; readonly end: BatchNumber }
  /** No room for batch `number` and those behind it, `bytes` in all; none of them is in the storage. */
  | { readonly kind: 'writeRefused'; readonly number: BatchNumber; readonly bytes: number; readonly lacks: Shortage }
  | { readonly kind: 'roomFound' }
  /** What is left is flushed. The time is that of its last batch. */
  | ({ readonly kind: 'logCut'; readonly cutId: number; readonly point: LogPoint } & LogTime)
  /** `offset` is that of the batch that was looked for; `undefined` if it is not in the storage. */
  | { readonly kind: 'located'; readonly locateId: number; readonly offset: Offset | undefined }
  /** `epoch` is that of the feed: ids begin anew with each. */
  | {
      readonly kind: 'fed';
      readonly stream: StreamId;
      readonly epoch: Epoch;
      readonly feedId: number;
      readonly end: BatchNumber;
      readonly bytes: number;
    }
  /** No new appends from here on; those that wait may still be answered. */
  | { readonly kind: 'stopRequested' }
  /** Everybody who still waits is told how it stands. */
  | { readonly kind: 'stopExpired' };

/** Work on the log, to be done in this order. */
export type LogWork =
  | { readonly kind: 'write'; readonly draft: BatchDraft }
  | { readonly kind: 'store'; readonly batch: Batch }
  | { readonly kind: 'cut'; readonly cutId: number; readonly point: LogPoint }
  /** Look where batch `number` begins, with all before it done, and report `located`. */
  | { readonly kind: 'locate'; readonly locateId: number; readonly number: BatchNumber };

/** Send batches of the log from number `from` on, about this many bytes, at least one batch; then report `fed`. */
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
      readonly epoch: Epoch;
      readonly acks: number;
    }
  | { readonly kind: 'readable'; readonly requestId: RequestId; readonly end: Offset }
  | { readonly kind: 'registration'; readonly requestId: RequestId; readonly registration: Registration }
  | { readonly kind: 'removed'; readonly requestId: RequestId }
  | { readonly kind: 'promoted'; readonly requestId: RequestId; readonly epoch: Epoch }
  | { readonly kind: 'clusterForced'; readonly requestId: RequestId; readonly clusterId: ClusterId }
  | {
      readonly kind: 'failed';
      readonly requestId: RequestId;
      readonly code: ProblemCode;
      readonly detail: string;
      readonly facts: ProblemFacts;
      /** Of an append that is in the log all the same; `undefined` if it got no place. */
      readonly placed: PlacedFailure | undefined;
    };

/** Where an append is that is answered with a failure, and how many nodes held it by then. */
export interface PlacedFailure {
  readonly offset: Offset;
  readonly acks: number;
}

export interface Registration {
  readonly url: string;
  /** `null` while nobody was reached there. */
  readonly id: NodeId | null;
  readonly state: 'member' | 'joining' | 'unreached';
}

/** A follower told that it holds more than before. */
export interface Acknowledgement {
  readonly follower: NodeId;
  /** One past the last entry that it holds durably. */
  readonly end: Offset;
  /** Since what it now holds was sent to it. */
  readonly ms: number;
}

/** What a node reports for its log. The names of log events are public: docs, metrics and alerts cite them. */
export interface LogEvent {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  /** `node` is in every line already: whose line it is. A second one would make it another node's. */
  readonly facts: Readonly<Record<string, unknown>> & { readonly node?: never };
}

export interface Ready {
  /** The newest only: it replaces whatever was to be saved before. */
  readonly save: { readonly state: NodeState; readonly version: number } | undefined;
  readonly logWork: readonly LogWork[];
  readonly sends: readonly { readonly stream: StreamId; readonly message: PeerMessage }[];
  readonly feeds: readonly Feed[];
  readonly dials: readonly string[];
  /** Once what was sent to them before is out. */
  readonly closes: readonly StreamId[];
  readonly replies: readonly Reply[];
  /** Appends whose messages are needed no more: those that they repeat are in the log. They still wait. */
  readonly letGo: readonly RequestId[];
  readonly logEvents: readonly LogEvent[];
  readonly acknowledgements: readonly Acknowledgement[];
  /** Say where this node is, at the masters and at these members; `undefined`: nowhere now. */
  readonly registerAt: readonly string[] | undefined;
  /** Look whether the disk has room for this many bytes, and report `roomFound` if so. */
  readonly roomWanted: number | undefined;
}
