/**
 * Counts what was refused because a limit was reached, and says so now and then: a line for each would push everything else
 * out of the log, at the will of whoever is refused.
 */

import type { LogError } from '../../api/problems.ts';
import { sourceOf } from './client-address.ts';

const sayEveryMs = 60_000;

/** By the options that set them; `MEMORY` is what the machine sets. */
const limitNames = [
  'CLIENT_BYTES_MAX',
  'CLIENT_REQUESTS_PER_SECOND_MAX',
  'CONNECTIONS_MAX',
  'CONNECTIONS_PER_ADDRESS_MAX',
  'JOINING_MAX',
  'LISTENERS_MAX',
  'MEMORY',
  'PENDING_APPENDS_MAX',
  'PENDING_BYTES_MAX',
  'REQUEST_TIMEOUT_MS',
  'WAITING_READS_MAX',
] as const;
export type LimitName = (typeof limitNames)[number];

/** What the log says of the latest refusal. */
export interface RefusalFacts {
  readonly max?: number;
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

  /** Counts a failed request if a limit is the reason, which its facts then name. @param address - of the caller */
  sawFailure({ facts }: Pick<LogError, 'facts'>, address: string | undefined): void {
    const { limit } = facts;
    if (typeof limit === 'string' && isLimit(limit)) this.count(limit, { address: sourceOf(address) });
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

function isLimit(name: string): name is LimitName {
  return (limitNames as readonly string[]).includes(name);
}
