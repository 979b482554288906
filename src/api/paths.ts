/**
 * Where documents are found on a node. A client puts them behind the URL that it was given, which may have a path of its
 * own; the page leaves the slash out, as it may be served under one.
 */

export const messagesPath = '/messages';
export const healthPath = '/health';
export const historyPath = '/history';
export const activityPath = '/activity';
export const activitiesPath = '/activities';
const membersPath = '/secondaries';
/** Where nodes open replication streams. */
export const replicatePath = '/replicate';
/** Of the lab of `rlog dev`. */
export const labPath = '/lab';

export function memberPath(id: string): string {
  return `${membersPath}/${encodeURIComponent(id)}`;
}

/** The same path of another node, by way of the one that is asked. */
export function pathOfNode(id: string, path: `/${string}`): `/${string}` {
  return `/nodes/${encodeURIComponent(id)}${path}`;
}
