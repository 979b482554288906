/** Names of optional features, with which a node's `hello` says what it can do. */

/** It can take over from a leader. */
export const handsOver = 'hand-over';
/** It takes part in elections, and answers polls. */
export const electsLeaders = 'elections';
/** It reads decisions about the log (control.ts), and checkpoints. */
export const readsControls = 'controls';
/** It distinguishes identities of forwarded appends from idempotency keys. */
export const remembersForwards = 'forward-identities';
/** It takes appends that are forwarded in one request. */
export const takesForwardsTogether = 'forwards-together';
