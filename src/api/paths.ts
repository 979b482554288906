/**
 * Paths on a node. A client appends them to the URL that it was given, which may have a path of its own; the page
 * leaves out the leading slash, because it may be served below such a path.
 */

export const messagesPath = '/messages';
/** What the cluster keeps. */
export const retentionPath = '/retention';
/** A copy of the log. */
export const backupPath = '/backup';
export const healthPath = '/health';
export const readyPath = '/ready';
export const metricsPath = '/metrics';
export const openApiPath = '/openapi.json';
/** Which node leads; and making a node the leader. */
export const leaderPath = '/leader';
export const promotePath = '/promote';
export const historyPath = '/history';
export const activityPath = '/activity';
export const activitiesPath = '/activities';
/** The nodes that can be reached through this one. */
export const nodesPath = '/nodes';
export const membersPath = '/secondaries';
/** Files of the page. */
export const assetsPath = '/assets';
/** Nodes open replication streams here. With POST, seed 003 registers a node and seed 004 appends. */
export const replicatePath = '/replicate';
/** Nodes send appends that they forward together here. */
export const togetherPath = '/forwarded';
/** Names that the seeds use: for `membersPath`, and for an append in the envelope dialect. */
export const registerPath = '/register';
export const addPath = '/add';
/** The lab of `rlog dev`. */
export const labPath = '/lab';

export function entryPath(offset: number | string): `/${string}` {
  return `${messagesPath}/${encodeURIComponent(offset)}`;
}

export function memberPath(id: string): string {
  return `${membersPath}/${encodeURIComponent(id)}`;
}

/** The path by which one node serves `path` of another. */
export function pathOfNode(id: string, path: `/${string}`): `/${string}` {
  return `${nodesPath}/${encodeURIComponent(id)}${path}`;
}
