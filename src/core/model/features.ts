/** What a node can beside what every node can, as its `hello` says it. */

/** It can take a leader's place over. */
export const handsOver = 'hand-over';
/** It takes part in elections, and answers polls. */
export const electsLeaders = 'elections';
/** It tells the identities of forwarded appends from idempotency keys. */
export const remembersForwards = 'forward-identities';
