/** Names of the headers that both ends must know: those of requests between nodes, and those that clients use. */

/** Name of the calling node, when it opens a stream or registers itself. */
export const nodeHeader = 'rlog-node';
/** Cluster id of the node that opens a stream, or of the log that is read; left out if there is none. */
export const clusterHeader = 'rlog-cluster';
/** Of the log that is read: its first entry that is kept, which is where a read without `from` begins. */
export const firstOffsetHeader = 'rlog-first-offset';
/** Of a backup: about how many bytes it has before compression. */
export const backupBytesHeader = 'rlog-backup-bytes';
/** Name of the node that forwarded a request: it is not forwarded again, and is answered in the native dialect. */
export const forwardedHeader = 'rlog-forwarded';
/** Epoch of the leader that a request was forwarded to: a node that no longer leads, or leads another epoch, refuses it. */
export const leaderEpochHeader = 'rlog-leader-epoch';
/**
 * Identity of a forwarded append without a key, by which it is recognised when it is sent again: the forwarder and a
 * number.
 */
export const forwardIdentityHeader = 'rlog-forward-identity';
/** Name of the dialect in which a client wants its answer, whatever the node's own dialect is. */
export const dialectHeader = 'rlog-dialect';
/** Makes a retry harmless: an append with the same key is not stored again. */
export const idempotencyKeyHeader = 'idempotency-key';
/** The trace that a request belongs to (W3C Trace Context). */
export const traceparentHeader = 'traceparent';
/** What tracing systems add to that. */
export const tracestateHeader = 'tracestate';
/** Id of the last event, or entry, that a reader has: it continues after that. */
export const lastEventIdHeader = 'last-event-id';
/** The longest silence on an event stream, in milliseconds. */
export const heartbeatHeader = 'rlog-heartbeat-ms';
/**
 * Of an upgrade between nodes: names of the keys that the sender has (src/trust/cluster-secrets.ts). In the answer, that a
 * handshake by one of them comes next.
 */
export const proofHeader = 'rlog-proof';
/** For whom a node asks another one: who that is and what it may. Believed only on connections that proved the secret. */
export const callerHeader = 'rlog-caller';
