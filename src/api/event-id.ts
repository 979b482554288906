/** How the id of an event is written: `7` or `3:7` at the levels where an epoch is needed, then `@` and the mark of the log. */

/** Tells one log from another that was begun anew: the beginning of the cluster's name. */
export const markPattern = '[0-9a-f]{8}';

export const idPattern = String.raw`^(\d{1,15}:)?\d{1,15}(@${markPattern})?$`;
