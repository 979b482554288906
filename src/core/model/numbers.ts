/**
 * The numbers and names that must not be mixed, as branded types.
 *
 * Ranges are half-open `[start, end)`, so `end - start` is a count. "End" always means one past.
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** The place of an entry in the log: 0 for the first, without gaps. Once committed it is the same on every node forever. */
export type Offset = Brand<number, 'Offset'>;
/** The place of a batch in the log: 0 for the first, without gaps. Markers and batches with a member list are numbered too. */
export type BatchNumber = Brand<number, 'BatchNumber'>;
/** A period of leadership. Only grows; 0 means "none yet". It is the fencing token. */
export type Epoch = Brand<number, 'Epoch'>;
/** Milliseconds on this process's monotonic clock. Never compared between nodes. */
export type InstantMs = Brand<number, 'InstantMs'>;
/** Milliseconds since 1970, from the wall clock. It is recorded and reported; nothing is decided by it. */
export type TimestampMs = Brand<number, 'TimestampMs'>;
/**
 * For how many whole minutes the log had been led when a batch was written, by the monotonic clocks of its leaders. Time that
 * no leader saw (all nodes were off, the process was suspended) is not counted, so it never runs ahead of real time.
 */
export type LogAge = Brand<number, 'LogAge'>;

/** A node's name (`SERVER_ID`). Never an address. */
export type NodeId = Brand<string, 'NodeId'>;
/** Drawn when a storage is first written. A node that lost its storage comes back with another id. */
export type StorageId = Brand<string, 'StorageId'>;
/** Drawn when a cluster is founded. */
export type ClusterId = Brand<string, 'ClusterId'>;
/** Drawn at every start of a process: one epoch is promised to one incarnation of one node. */
export type Incarnation = Brand<string, 'Incarnation'>;

/** One open stream to or from a peer. Never used twice within a process. */
export type StreamId = Brand<number, 'StreamId'>;
/** Names a request of the driver, to match the reply with it. */
export type RequestId = Brand<number, 'RequestId'>;

export const offset = (value: number): Offset => value as Offset;
export const batchNumber = (value: number): BatchNumber => value as BatchNumber;
export const epoch = (value: number): Epoch => value as Epoch;
export const instantMs = (value: number): InstantMs => value as InstantMs;
export const timestampMs = (value: number): TimestampMs => value as TimestampMs;
export const logAge = (minutes: number): LogAge => minutes as LogAge;
export const nodeId = (value: string): NodeId => value as NodeId;
export const storageId = (value: string): StorageId => value as StorageId;
export const clusterId = (value: string): ClusterId => value as ClusterId;
export const incarnation = (value: string): Incarnation => value as Incarnation;
export const streamId = (value: number): StreamId => value as StreamId;
export const requestId = (value: number): RequestId => value as RequestId;
