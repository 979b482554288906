/** What nodes call each other with over HTTP, before a stream is one. */

export const replicatePath = '/replicate';
/** Name of the node that calls: of one that opens a stream, or registers itself. */
export const nodeHeader = 'rlog-node';
/** Cluster of the node that opens a stream; left out by one that has none. */
export const clusterHeader = 'rlog-cluster';
/** Name of the node that passed a request on: it is not passed on again, and is answered in the native dialect. */
export const forwardedHeader = 'rlog-forwarded';
