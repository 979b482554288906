/**
 * Where documents are found on a node. A client puts them behind the URL that it was given, which may have a path of its
 * own; the page leaves the slash out, as it may be served under one.
 */

export const messagesPath = '/messages';
export const healthPath = '/health';
export const readyPath = '/ready';
export const metricsPath = '/metrics';
export const openApiPath = '/openapi.json';
/** Who leads; and who is to. */
export const leaderPath = '/leader';
export const promotePath = '/promote';
export const historyPath = '/history';
export const activityPath = '/activity';
export const activitiesPath = '/activities';
/** The nodes that can be asked by way of this one. */
export const nodesPath = '/nodes';
export const membersPath = '/secondaries';
/** Files of the page. */
export const assetsPath = '/assets';
/** Where nodes open replication streams; and seed 003 registers a node, seed 004 appends. */
export const replicatePath = '/replicate';
/** Other names that the seeds have: for `membersPath`, and for an append in the envelope. */
export const registerPath = '/register';
export const addPath = '/add';
/** Of the lab of `rlog dev`. */
export const labPath = '/lab';

export function entryPath(offset: number | string): `/${string}` {
  return `${messagesPath}/${encodeURIComponent(offset)}`;
}

export function memberPath(id: string): string {
  return `${membersPath}/${encodeURIComponent(id)}`;
}

/** The same path of another node, by way of the one that is asked. */
export function pathOfNode(id: string, path: `/${string}`): `/${string}` {
  return `${nodesPath}/${encodeURIComponent(id)}${path}`;
}
