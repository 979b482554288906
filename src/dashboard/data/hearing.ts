/**
 * Whether the page still hears its server, which says something every second. A broken connection tells itself; a server
 * that is stopped, or a network that swallows everything, is known by its silence only.
 */

/** So that it is said within three seconds. */
const silentAfterMs = 2500;
/** How often to look. A look that comes much later than that means that the page itself did not run. */
export const lookEveryMs = 250;
const lateMs = 1000;

export class Hearing {
  #heardAt: number;
  #lookedAt: number;

  /** @param now - of any clock that does not jump, in ms */
  constructor(now: number) {
    this.#heardAt = now;
    this.#lookedAt = now;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** To be asked every `lookEveryMs`. What came while the page did not run is heard before it is judged. */
  isSilent(now: number): boolean {
    const sinceLook = now - this.#lookedAt;
    this.#lookedAt = now;
    if (sinceLook > lateMs) this.#heardAt += sinceLook;
    return now - this.#heardAt >= silentAfterMs;
  }
}
