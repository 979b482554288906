/**
 * Assertions are for our own mistakes. They stay on in production and end the process: a stopped replica is
 * repaired, a wrong one spreads.
 */

class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** @param claim - the invariant, as a statement that should be true */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionFailed(`invariant broken: ${claim}`);
}

/** The end of an exhaustive switch: the type checker proves that this is never reached. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`invariant broken: unexpected ${JSON.stringify(value)}`);
}
