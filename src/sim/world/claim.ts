/** A run broke a promise of the design. */
export class ClaimBroken extends Error {
  override readonly name = 'ClaimBroken';
}

/** @param what - the promise, and what was seen; built only when it is broken */
export function claim(isKept: boolean, what: string | (() => string)): asserts isKept {
  if (!isKept) throw new ClaimBroken(typeof what === 'string' ? what : what());
}
