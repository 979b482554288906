/** What an append waits for: how many nodes hold it, the leader always among them, and for how long. */

import type { WriteConcern } from '../../api/entries.ts';

export interface AppendWait {
  readonly w: WriteConcern;
  /** From the moment the append is asked for. */
  readonly timeoutMs: number;
}

/** Nothing is coerced: `"3"`, `true`, `1.5` and `0` are not write concerns. */
export function isWriteConcern(value: unknown): value is WriteConcern {
  return value === 'majority' || value === 'all' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);
}
