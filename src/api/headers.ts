/** Names of headers that both ends must know: those with which nodes call each other, and those of what a client may ask for. */

/** Name of the node that calls: of one that opens a stream, or registers itself. */
export const nodeHeader = 'rlog-node';
/** Cluster of the node that opens a stream, and of the log that is read; left out by a node that has none. */
export const clusterHeader = 'rlog-cluster';
/** Name of the node that passed a request on: it is not passed on again, and is answered in the native dialect. */
export const forwardedHeader = 'rlog-forwarded';
/** Epoch of the leader that a request was passed on to: who leads no more, or in another epoch, does not take it. */
export const leaderEpochHeader = 'rlog-leader-epoch';
/** What a forwarded append without a key is known by when it is sent again: who passed it on, and a number. */
export const forwardIdentityHeader = 'rlog-forward-identity';
/** Name of the dialect in which a client wants its answer, whatever the node's own is. */
export const dialectHeader = 'rlog-dialect';
/** Makes a retry harmless: the same key again is not stored again. */
export const idempotencyKeyHeader = 'idempotency-key';
/** Id of the last event, or entry, that a reader has: it goes on behind it. */
export const lastEventIdHeader = 'last-event-id';
/** Of an event stream: how long it is silent at most, in milliseconds. */
export const heartbeatHeader = 'rlog-heartbeat-ms';
