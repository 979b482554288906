/** What a node may be called. Names go into lists, lines of logs, labels of metrics and onto terminals as they are. */

/** `SERVER_ID`. */
export function isNodeName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text);
}

/** In a member list: a node's name, or the `host:port` of a node that was never reached. */
export function isMemberName(text: string): boolean {
  return isNodeName(text) || /^(\[[0-9A-Fa-f:.]{2,64}\]|[\w.~-]{1,253})(:\d{1,5})?$/.test(text);
}

/** Ids that are drawn: of a storage, a cluster, one start of a process. */
export function isDrawnId(text: string): boolean {
  return /^[!-~]{1,128}$/.test(text);
}
