/**
 * What nodes say to each other on a replication stream. The node that leads, or seeks to, opens the stream (the
 * opener); the other one accepts it (the acceptor).
 *
 * Every message carries the epoch of its sender: the one it leads or seeks, or the highest it promised. The epoch of
 * the message fences; batches inside keep the epoch they were written in.
 */

import type { Batch } from './batch.ts';
import type { LogShape } from './epoch-history.ts';
import type { BatchNumber, ClusterId, Epoch, Incarnation, NodeId, Offset, StorageId, TimestampMs } from './numbers.ts';
import type { Held, LogPoint, Place } from './place.ts';

/** First on every stream, from both sides. */
export interface Hello {
  readonly kind: 'hello';
  readonly epoch: Epoch;
  readonly id: NodeId;
  readonly storageId: StorageId;
  readonly incarnation: Incarnation;
  readonly url: string;
  /** `null`: has no log. */
  readonly clusterId: ClusterId | null;
  /** Whether a single message was ever written in its cluster, as far as it knows. */
  readonly hasMessages: boolean;
  /** Names of the list in force in its log. */
  readonly memberIds: readonly NodeId[];
  /** How long it holds every batch before it stores it. */
  readonly delayMs: number;
  /** What its wall clock says; `undefined` from a node of a version that did not tell. */
  readonly wallClock: TimestampMs | undefined;
  /** What it can beside what every node can, by name (features.ts); `undefined` from a node of a version that did not tell. */
  readonly features?: readonly string[] | undefined;
  /** Of those that could lead, who should: the higher. */
  readonly priority?: number | undefined;
}

/**
 * Opener: "would you let me lead?" Nothing is saved for it, and no epoch grows: only who wins a poll asks for promises
 * (pre-vote: Ongaro 2014, section 9.6).
 */
export interface Poll {
  readonly kind: 'poll';
  /** The highest that the asker promised. */
  readonly epoch: Epoch;
  /** Tells the answers of one poll from those of another. */
  readonly round: number;
  /** Where the asker's durable log ends. */
  readonly tip: Place;
  readonly priority: number;
}

/** Why a node would not have the asker of a poll lead now. */
export type PollRefusal =
  /** It hears from another leader. */
  | 'hears-leader'
  /** It leads itself, and a majority confirmed that a moment ago. */
  | 'leads'
  /** It started a moment ago, and may yet hear from a leader. */
  | 'just-started'
  /** It seeks to lead itself, or promised an epoch to another node that does. */
  | 'campaign'
  /** It holds a poll itself, and is to be preferred. */
  | 'stands-before'
  /** Its list does not name the asker, whose log is behind. */
  | 'not-a-member';

/** Acceptor. */
export interface PollAnswer {
  readonly kind: 'pollAnswer';
  /** The highest that this node promised. */
  readonly epoch: Epoch;
  readonly round: number;
  /** `null`: it would. */
  readonly refusal: PollRefusal | null;
  readonly tip: Place;
  /** Whether it could lead itself: a member with room on a disk that answers. */
  readonly canLead: boolean;
  readonly priority: number;
  /** Whom it hears from. */
  readonly leader: LeaderHint | null;
}

/** Opener, who won a poll, to a node that is ahead of it: that one is to hold a poll of its own. */
interface YourTurn {
  readonly kind: 'yourTurn';
  readonly epoch: Epoch;
  readonly round: number;
}

/** A leader: this epoch is over, and nobody need wait to hear from it. */
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

/** Acceptor: it will not take over. */
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

/** Acceptor: "I take no frame of a lower epoch any more, and this is how far my log is durable." */
export interface PromiseGiven {
  readonly kind: 'promise';
  readonly epoch: Epoch;
  readonly tip: Place;
  readonly clusterId: ClusterId | null;
}

export type RefusalReason =
  /** It promised a higher epoch, or this one to another incarnation. */
  | 'epoch'
  | 'other-cluster'
  | 'id-taken'
  /** `DELETE` took this node out. */
  | 'removed'
  /** Following would mean to cut what it knows to be committed. */
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
  /** Who leads `epoch`, if the refuser hears from that leader. */
  readonly leader: LeaderHint | null;
  readonly clusterId: ClusterId | null;
}

/** A candidate asks a node that is ahead of it for its log. */
export interface Fetch {
  readonly kind: 'fetch';
  readonly epoch: Epoch;
  readonly shape: LogShape;
}

/** The last point on which both logs agree, and where the source's log ends. */
export interface FetchMatch {
  readonly kind: 'fetchMatch';
  readonly epoch: Epoch;
  readonly point: LogPoint;
  readonly end: LogPoint;
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

/** What was asked for by `fetchNext` is sent, up to batch number `end`. */
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
  /** Whether it remembers forwarded appends by their identity; `undefined` from or for a node that knows none. */
  readonly remembersForwards?: boolean | undefined;
}

/** The acceptor follows from now on; nothing of a lower epoch can change this shape any more. */
export interface Following {
  readonly kind: 'following';
  readonly epoch: Epoch;
  readonly shape: LogShape;
}

/** The last point on which both logs agree: the follower cuts what lies after it. */
export interface Match {
  readonly kind: 'match';
  readonly epoch: Epoch;
  readonly point: LogPoint;
  /** What the follower acknowledged in this epoch, if that is beyond `point`: its disk forgot. */
  readonly acknowledged?: Held | undefined;
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
  /** As in `lead`, and as it is now. */
  readonly remembersForwards?: boolean | undefined;
}

export interface HeartbeatAnswer {
  readonly kind: 'heartbeatAnswer';
  readonly epoch: Epoch;
  readonly sequence: number;
  /** Whether it has room to store batches. */
  readonly canStore: boolean;
  /** What its wall clock says; `undefined` from a node of a version that did not tell. */
  readonly wallClock: TimestampMs | undefined;
}

/** A follower asks up to where a linearizable read must see. */
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
  | Refuse;

export type PeerMessage = OpenerMessage | AcceptorMessage;

const openerKinds: ReadonlySet<string> = new Set<OpenerMessage['kind']>([
  'hello',
  'poll',
  'yourTurn',
  'resign',
  'takeOver',
  'keepLead',
  'requestPromise',
  'fetch',
  'fetchNext',
  'lead',
  'match',
  'replicate',
  'heartbeat',
  'readAnswer',
  'refuse',
]);

const acceptorKinds: ReadonlySet<string> = new Set<AcceptorMessage['kind']>([
  'hello',
  'pollAnswer',
  'askHandOver',
  'declineLead',
  'promise',
  'fetchMatch',
  'fetched',
  'fetchChunkEnd',
  'following',
  'acknowledge',
  'heartbeatAnswer',
  'readRequest',
  'refuse',
]);

export function isOpenerMessage(message: PeerMessage): message is OpenerMessage {
  return openerKinds.has(message.kind);
}

export function isAcceptorMessage(message: PeerMessage): message is AcceptorMessage {
  return acceptorKinds.has(message.kind);
}
