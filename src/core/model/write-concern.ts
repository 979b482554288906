/** What an append waits for: how many nodes must hold it (always including the leader), and for how long. */

import type { WriteConcern } from '../../api/entries.ts';

export interface AppendWait {
  readonly w: WriteConcern;
  /** Counted from the moment the append was requested. */
  readonly timeoutMs: number;
}

/** Nothing is coerced: `"3"`, `true`, `1.5` and `0` are not write concerns. */
export function isWriteConcern(value: unknown): value is WriteConcern {
  return value === 'majority' || value === 'all' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);
}
