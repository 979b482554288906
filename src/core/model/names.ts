/** Which names nodes may have. Names go into lists, log lines, metric labels and terminals unescaped. */

/** `SERVER_ID`. */
export function isNodeName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text);
}

/** A name in a member list: that of a node, or the `host:port` of a node that was never reached. */
export function isMemberName(text: string): boolean {
  return isNodeName(text) || /^(\[[0-9A-Fa-f:.]{2,64}\]|[\w.~-]{1,253})(:\d{1,5})?$/.test(text);
}

/** The id of a storage, a cluster or an incarnation, which are drawn at random. */
export function isDrawnId(text: string): boolean {
  return /^[!-~]{1,128}$/.test(text);
}
