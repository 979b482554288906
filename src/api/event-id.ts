/** The form of an event's id: `7`, or `3:7` at the levels that need the epoch, followed by `@` and the mark of the log. */

/** The mark: the first digits of the cluster id, which distinguish a log from one that was begun anew. */
export const markPattern = '[0-9a-f]{8}';

export const idPattern = String.raw`^(\d{1,15}:)?\d{1,15}(@${markPattern})?$`;
