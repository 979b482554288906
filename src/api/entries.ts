/** Entries, the answers to appends, and the options of reads and appends. */

/** How many nodes, including the leader, must have flushed a message: a number from 1, a majority of the members, or all. */
export type WriteConcern = number | 'majority' | 'all';

/** Maximum `timeoutMs` of a request. */
export const timeoutMsMax = 600_000;

/**
 * How far a reader sees. `default`: what is acknowledged (on the leader) or on disk (on a follower), which a change of
 * leader may take back. `committed`: only what can never disappear. `linearizable`: everything that was committed
 * before the request.
 */
export type ReadLevel = 'default' | 'committed' | 'linearizable';

/** One entry of the log, as it is read. */
export interface Entry<Message = unknown> {
  /** Number of the entry: 0 for the first, without gaps. */
  readonly offset: number;
  /** Epoch of the leader that wrote it. */
  readonly epoch: number;
  /** When the leader wrote it, in ISO 8601. */
  readonly timestamp: string;
  readonly message: Message;
}

/** `GET /messages`, in the native dialect */
export interface MessageListing {
  readonly messages: readonly unknown[];
}

/** The answer to an append of one message. */
export interface Appended {
  readonly offset: number;
  readonly epoch: number;
  readonly w: WriteConcern;
  /** How many nodes had flushed it when the append was answered. */
  readonly acks: number;
}

/** The answer to `POST /messages`; it has a `count` if the request had `messages` instead of one `message`. */
export interface AppendAnswer extends Appended {
  /** The messages have the offsets from `offset` up to, but not including, `offset + count`. */
  readonly count?: number;
  /** If the request had `keys`: the offset of each message. They need not be consecutive; `epoch` is that of the newest. */
  readonly offsets?: readonly number[];
  /** The epoch of each, if they are not all the same. */
  readonly epochs?: readonly number[];
}
