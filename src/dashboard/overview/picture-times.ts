/** How long what takes no time takes in the picture, so that it can be seen; in ms. */

/** Frames come ten times a second: what they tell is shown so much later, evenly. */
export const frameDelayMs = 100;
/** From the client to the leader, and back. */
export const requestMs = 300;
/** A dot that need not wait, from the leader to a follower. */
export const travelMs = 450;
/** An acknowledgement, back. */
export const returnMs = 350;
