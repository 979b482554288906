/**
 * Counts what was refused because a limit was reached, and says so now and then: a line for each would push everything else
 * out of the log, at the will of whoever is refused.
 */

const sayEveryMs = 60_000;

/** By the options that set them. */
const limitNames = ['CONNECTIONS_MAX', 'CONNECTIONS_PER_ADDRESS_MAX'] as const;
export type LimitName = (typeof limitNames)[number];

/** What the log says of the latest refusal. */
export interface RefusalFacts {
  readonly max: number;
  /** From where it came, if that is known. */
  readonly address?: string | undefined;
}

interface Said {
  count: number;
  saidCount: number;
  saidAt: number;
}

export class Refusals {
  readonly #say: (facts: object) => void;
  readonly #now: () => number;
  readonly #limits = new Map<LimitName, Said>(
    limitNames.map((name) => [name, { count: 0, saidCount: 0, saidAt: Number.NEGATIVE_INFINITY }]),
  );

  /**
   * @param say - called at the first refusal for each limit, and then at most once a minute; `refused` of its facts is how many
   * there were since it was last called
   * @param now - in milliseconds, from anywhere on
   */
  constructor(say: (facts: object) => void, now: () => number = () => performance.now()) {
    this.#say = say;
    this.#now = now;
  }

  /** How often each limit led to a refusal. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#limits].map(([name, { count }]) => [name, count]));
  }

  count(limit: LimitName, facts: RefusalFacts): void {
    const said = this.#limits.get(limit);
    if (said === undefined) return;
    said.count += 1;
    const now = this.#now();
    if (now - said.saidAt < sayEveryMs) return;
    this.#say({ limit, ...facts, refused: said.count - said.saidCount });
    said.saidCount = said.count;
    said.saidAt = now;
  }
}
