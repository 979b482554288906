/** How the lab tells browsers apart, so that each counts once: by a random name, which the browser keeps. */

const key = 'rlog-voter';

export function voterOfThisBrowser(): string {
  const kept = localStorage.getItem(key);
  if (kept !== null) return kept;
  const made = newVoter();
  localStorage.setItem(key, made);
  return made;
}

/** Somebody who raised a hand. */
export function newVoter(): string {
  return crypto.getRandomValues(new Uint32Array(3)).join('-');
}
