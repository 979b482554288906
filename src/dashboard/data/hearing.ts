/**
 * Whether the page still hears its server, which says something every second. A broken connection is reported; a server
 * that is stopped, or a network that swallows everything, shows itself by silence only.
 */

/** So that people see it within three seconds. */
const silentAfterMs = 2500;
/** How often to check. A check that comes much later than that means that the page itself did not run. */
export const checkEveryMs = 250;
const lateMs = 1000;

export class Hearing {
  #heardAt: number;
  #checkedAt: number;

  /** @param now - of any clock that does not jump, in ms */
  constructor(now: number) {
    this.#heardAt = now;
    this.#checkedAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** To be asked every `checkEveryMs`. What came while the page did not run is heard before it is judged. */
  isSilent(now: number): boolean {
    const sinceCheck = now - this.#checkedAt;
    this.#checkedAt = now;
    if (sinceCheck > lateMs) this.#heardAt += sinceCheck;
    return now - this.#heardAt >= silentAfterMs;
  }
}
