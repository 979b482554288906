/**
 * What nodes say to each other on a replication stream. The node that leads, or seeks to, opens the stream (the
 * opener); the other one accepts it (the acceptor).
 *
 * Every message carries the epoch of its sender: the one that it leads or seeks, or the highest that it promised. The epoch of
 * the message is the fence; batches in it keep the epoch in which they were written.
 */

import type { Batch } from './batch.ts';
import type { LogShape } from './epoch-history.ts';
import type { BatchNumber, ClusterId, Epoch, Incarnation, NodeId, Offset, StorageId, TimestampMs } from './numbers.ts';
import type { Held, LogPoint, Place } from './place.ts';

/** The first message on every stream, from both sides. */
export interface Hello {
  readonly kind: 'hello';
  readonly epoch: Epoch;
  readonly id: NodeId;
  readonly storageId: StorageId;
  readonly incarnation: Incarnation;
  readonly url: string;
  /** `null` if it has no log. */
  readonly clusterId: ClusterId | null;
  /** Whether any message was ever written in its cluster, as far as it knows. */
  readonly hasMessages: boolean;
  /** The names in the member list that is in force in its log. */
  readonly memberIds: readonly NodeId[];
  /** How long it delays every batch before it stores it. */
  readonly delayMs: number;
  /** Its wall-clock time; `undefined` from a node of a version that did not send it. */
  readonly wallClock: TimestampMs | undefined;
  /** Its optional features by name (features.ts); `undefined` from a node of a version that did not send them. */
  readonly features?: readonly string[] | undefined;
  /** Among the nodes that could lead, the one with the highest priority should. */
  readonly priority?: number | undefined;
}

/**
 * Opener: "would you let me lead?" Nothing is saved for it, and no epoch is raised: only a node that wins its poll asks for
 * promises (pre-vote: Ongaro 2014, section 9.6).
 */
export interface Poll {
  readonly kind: 'poll';
  /** The highest epoch that the asker promised. */
  readonly epoch: Epoch;
  /** Distinguishes the answers to this poll from those to another. */
  readonly round: number;
  /** Where the asker's durable log ends. */
  readonly tip: Place;
  readonly priority: number;
}

/** Why a node does not support the asker of a poll now. */
export type PollRefusal =
  /** It hears from another leader. */
  | 'hears-leader'
  /** It leads itself, and a majority confirmed that a moment ago. */
  | 'leads'
  /** It started a moment ago, and may yet hear from a leader. */
  | 'just-started'
  /** It seeks to lead itself, or promised an epoch to another node that does. */
  | 'campaign'
  /** It holds a poll itself, and comes first. */
  | 'stands-before'
  /** Its list does not name the asker, whose log is behind. */
  | 'not-a-member';

/** Acceptor. */
export interface PollAnswer {
  readonly kind: 'pollAnswer';
  /** The highest epoch that this node promised. */
  readonly epoch: Epoch;
  readonly round: number;
  /** `null` if it supports the asker. */
  readonly refusal: PollRefusal | null;
  readonly tip: Place;
  /** Whether it could lead itself: it is a member with room, and its disk responds. */
  readonly canLead: boolean;
  readonly priority: number;
  /** The leader that it hears from, or itself if it leads. */
  readonly leader: LeaderHint | null;
}

/** Opener, which would have won its poll, to a node that should lead instead: "hold a poll of your own". */
interface YourTurn {
  readonly kind: 'yourTurn';
  readonly epoch: Epoch;
  readonly round: number;
}

/** A leader: "my epoch is over, do not wait to hear from me". */
interface Resign {
  readonly kind: 'resign';
  readonly epoch: Epoch;
}

/** Acceptor, to the leader that it follows: "let me lead instead". */
interface AskHandOver {
  readonly kind: 'askHandOver';
  readonly epoch: Epoch;
}

/** A leader, to a follower that holds its whole log: "campaign now, without a poll". */
interface TakeOver {
  readonly kind: 'takeOver';
  readonly epoch: Epoch;
}

/** A leader, to a follower: the hand-over is off. */
interface KeepLead {
  readonly kind: 'keepLead';
  readonly epoch: Epoch;
  /** For people. */
  readonly why: string;
}

/** Acceptor: "I will not take over". */
interface DeclineLead {
  readonly kind: 'declineLead';
  readonly epoch: Epoch;
  /** For people. */
  readonly why: string;
}

/** Opener: "may I begin this epoch?" */
interface RequestPromise {
  readonly kind: 'requestPromise';
  readonly epoch: Epoch;
}

/** Acceptor: "I no longer take frames of a lower epoch, and my log is durable up to here". */
export interface PromiseGiven {
  readonly kind: 'promise';
  readonly epoch: Epoch;
  readonly tip: Place;
  readonly clusterId: ClusterId | null;
}

export type RefusalReason =
  /** It promised a higher epoch, or this one to another incarnation; or this one is out of reach. */
  | 'epoch'
  | 'other-cluster'
  | 'id-taken'
  /** `DELETE` removed the node from the cluster. */
  | 'removed'
  /** The log has what this version cannot read. */
  | 'too-old'
  /** To follow, it would have to cut entries that it knows to be committed. */
  | 'diverged';

export interface LeaderHint {
  readonly id: NodeId;
  readonly url: string;
  readonly epoch: Epoch;
}

export interface Refuse {
  readonly kind: 'refuse';
  readonly epoch: Epoch;
  readonly reason: RefusalReason;
  /** The leader of `epoch`, if the refusing node hears from it. */
  readonly leader: LeaderHint | null;
  readonly clusterId: ClusterId | null;
}

/** A candidate asks a node that is ahead of it for its log. */
export interface Fetch {
  readonly kind: 'fetch';
  readonly epoch: Epoch;
  readonly shape: LogShape;
}

/** The peer's log begins behind the point up to which the logs agree: its checkpoint is asked for first. */
export interface Restart {
  readonly base: LogPoint;
}

/** The last point up to which both logs agree, and where the source's log ends. */
export interface FetchMatch {
  readonly kind: 'fetchMatch';
  readonly epoch: Epoch;
  readonly point: LogPoint;
  readonly end: LogPoint;
  readonly restart?: Restart | undefined;
}

export interface FetchNext {
  readonly kind: 'fetchNext';
  readonly epoch: Epoch;
  readonly number: BatchNumber;
}

export interface Fetched {
  readonly kind: 'fetched';
  readonly epoch: Epoch;
  readonly batch: Batch;
}

/** What `fetchNext` asked for has been sent, up to batch number `end`. */
export interface FetchChunkEnd {
  readonly kind: 'fetchChunkEnd';
  readonly epoch: Epoch;
  readonly end: BatchNumber;
}

/** A leader announces its epoch. */
export interface Lead {
  readonly kind: 'lead';
  readonly epoch: Epoch;
  readonly clusterId: ClusterId;
  readonly memberIds: readonly NodeId[];
  /** Whether it remembers forwarded appends by their identity; `undefined` if either node does not know identities. */
  readonly remembersForwards?: boolean | undefined;
}

/** The acceptor follows from now on. No lower epoch can change this shape any more. */
export interface Following {
  readonly kind: 'following';
  readonly epoch: Epoch;
  readonly shape: LogShape;
}

/** The last point up to which both logs agree: the follower cuts what lies after it. */
export interface Match {
  readonly kind: 'match';
  readonly epoch: Epoch;
  readonly point: LogPoint;
  /** What the follower acknowledged in this epoch, if that is beyond `point`: its disk has forgotten it. */
  readonly acknowledged?: Held | undefined;
  readonly restart?: Restart | undefined;
}

/** A node that must restart, to the one whose log it copies: "send me your checkpoint at this base, from this position on". */
interface AskCheckpoint {
  readonly kind: 'askCheckpoint';
  readonly epoch: Epoch;
  readonly base: BatchNumber;
  readonly position: number;
}

/** A part of the checkpoint that was asked for. */
export interface CheckpointPart {
  readonly kind: 'checkpointPart';
  readonly epoch: Epoch;
  readonly base: BatchNumber;
  readonly position: number;
  /** The size of the whole checkpoint. */
  readonly total: number;
  readonly bytes: Uint8Array;
}

export interface Replicate {
  readonly kind: 'replicate';
  readonly epoch: Epoch;
  readonly batch: Batch;
}

/** Cumulative: everything up to this place is durable here. */
export interface Acknowledge {
  readonly kind: 'acknowledge';
  readonly epoch: Epoch;
  readonly tip: Place;
  readonly durableEnd: Offset;
}

export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly epoch: Epoch;
  readonly sequence: number;
  readonly committedEnd: Offset;
  /** As in `lead`, but the present value. */
  readonly remembersForwards?: boolean | undefined;
  /** How far the log is committed in batches; `undefined` if either node does not know controls. */
  readonly committedNumber?: BatchNumber | undefined;
}

export interface HeartbeatAnswer {
  readonly kind: 'heartbeatAnswer';
  readonly epoch: Epoch;
  readonly sequence: number;
  /** Whether it has room to store batches. */
  readonly canStore: boolean;
  /** Its wall-clock time; `undefined` from a node of a version that did not send it. */
  readonly wallClock: TimestampMs | undefined;
}

/** A follower asks how far a linearizable read must see. */
interface ReadRequest {
  readonly kind: 'readRequest';
  readonly epoch: Epoch;
  readonly readId: number;
}

interface ReadAnswer {
  readonly kind: 'readAnswer';
  readonly epoch: Epoch;
  readonly readId: number;
  readonly end: Offset;
  /** The first entry that is kept; left out while nothing is trimmed, and by a leader of an earlier version. */
  readonly firstOffset?: Offset | undefined;
}

/** What an opener may say. */
export type OpenerMessage =
  | Hello
  | Poll
  | YourTurn
  | RequestPromise
  | Fetch
  | FetchNext
  | Lead
  | Match
  | Replicate
  | Heartbeat
  | ReadAnswer
  | AskCheckpoint
  | CheckpointPart
  | Resign
  | TakeOver
  | KeepLead
  | Refuse;

/** What an acceptor may say. */
export type AcceptorMessage =
  | Hello
  | PollAnswer
  | AskHandOver
  | DeclineLead
  | PromiseGiven
  | FetchMatch
  | Fetched
  | FetchChunkEnd
  | Following
  | Acknowledge
  | HeartbeatAnswer
  | ReadRequest
  | AskCheckpoint
  | CheckpointPart
  | Refuse;

export type PeerMessage = OpenerMessage | AcceptorMessage;
