/** What is appended and read: entries, the answers to appends, and what may be asked of both. */

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

/** `GET /messages`, in the native dialect */
export interface MessageListing {
  readonly messages: readonly unknown[];
}

/** The answer to an append of one message. */
export interface Appended {
  readonly offset: number;
  readonly epoch: number;
  readonly w: WriteConcern;
  /** How many nodes held it durably when it was answered. */
  readonly acks: number;
}

/** The answer to `POST /messages`: with `count` if `messages` were sent, and not one `message`. */
export interface AppendAnswer extends Appended {
  /** They have the offsets from `offset` up to, not including, `offset + count`. */
  readonly count?: number;
}
