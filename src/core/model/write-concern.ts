/** How many nodes must hold a message durably, the leader always among them, before its writer hears "created". */
export type W = number | 'majority' | 'all';

export interface WriteConcern {
  readonly w: W;
  /** How long the writer waits for it, from the moment the append is asked for. */
  readonly timeoutMs: number;
}

/** Nothing is coerced: `"3"`, `true`, `1.5` and `0` are not write concerns. */
export function isW(value: unknown): value is W {
  return value === 'majority' || value === 'all' || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);
}
