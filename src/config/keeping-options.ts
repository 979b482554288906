/** Settings of what a node keeps: of the log and its keys, and of what was cut from it. A part of the table in options.ts. */

import { allKinds as all } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';
import { age, count, diskBytes, duration } from './values.ts';

export const keepingOptions = [
  {
    variable: 'IDEMPOTENCY_WINDOW',
    flag: 'idempotency-window',
    kinds: all,
    default: '24h',
    help: 'how long a new cluster remembers an idempotency key, until `PUT /retention` says otherwise; at most the last 1,000,000 keys are',
    parse: duration,
  },
  {
    variable: 'RETENTION_AGE_MAX',
    flag: 'retention-age-max',
    kinds: all,
    derivedDefault: 'no limit',
    help: 'a new cluster lets entries go that are older than this, like 7d, until `PUT /retention` says otherwise',
    parse: age,
  },
  {
    variable: 'RETENTION_BYTES_MAX',
    flag: 'retention-bytes-max',
    kinds: all,
    derivedDefault: 'no limit',
    help: 'a new cluster keeps so many bytes of the log on each node, like 2GiB, and lets the oldest entries go',
    parse: diskBytes,
  },
  {
    variable: 'RETENTION_ENTRIES_MAX',
    flag: 'retention-entries-max',
    kinds: all,
    derivedDefault: 'no limit',
    help: 'a new cluster keeps so many entries, and lets the oldest go',
    parse: count,
  },
  {
    variable: 'CUT_BYTES_MAX',
    flag: 'cut-bytes-max',
    kinds: all,
    default: '1GiB',
    help: 'how much is kept in cut/ of what was cut from the log; the oldest goes first, and the newest copy stays',
    parse: diskBytes,
  },
] as const satisfies readonly OptionSpec[];
