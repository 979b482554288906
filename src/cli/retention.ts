/** `rlog retention`: shows or sets what the cluster keeps. */

import { retentionPath } from '../api/paths.ts';
import type { Retention, RetentionRequest } from '../api/retention.ts';
import { InvalidValue, age, count, diskBytes } from '../config/values.ts';
import { nodeOf } from './any-node.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { askOrFail } from './http-client.ts';
import { sayJson } from './print.ts';
import { table } from './table.ts';

interface Given {
  readonly url: string;
  readonly json?: boolean;
}

interface Limits {
  readonly maxAge?: string;
  readonly maxBytes?: string;
  readonly maxEntries?: string;
  readonly idempotencyWindow?: string;
}

export async function showRetention({ url, json = false }: Given): Promise<void> {
  show((await askOrFail(await nodeOf(url), retentionPath, {})) as Retention, json);
}

/** Replaces what was set. @throws CliError */
export async function setRetention({ url, json = false, ...limits }: Given & Limits): Promise<void> {
  const body: RetentionRequest = {
    maxAgeMs: limitIn('--max-age', limits.maxAge, age),
    maxBytes: limitIn('--max-bytes', limits.maxBytes, diskBytes),
    maxEntries: limitIn('--max-entries', limits.maxEntries, count),
    idempotencyWindowMs: limitIn('--idempotency-window', limits.idempotencyWindow, age),
  };
  if (Object.values(limits).every((limit) => limit === undefined)) {
    throw new CliError('say what to keep, like --max-age 7d; --max-age none keeps everything', exitCodes.usage);
  }
  show((await askOrFail(await nodeOf(url), retentionPath, { method: 'PUT', body })) as Retention, json);
}

/** @throws CliError */
function limitIn(flag: string, text: string | undefined, parse: (text: string) => number): number | null {
  if (text === undefined || text === 'none') return null;
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof InvalidValue)) throw cause;
    throw new CliError(`${flag} must be ${cause.message}, or none, not "${text}"`, exitCodes.usage, { cause });
  }
}

function show(retention: Retention, isJson: boolean): void {
  if (isJson) return sayJson(retention);
  const { maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs } = retention;
  const rows = [
    ['max age', shown(maxAgeMs, ages)],
    ['max bytes', shown(maxBytes, sizes)],
    ['max entries', shown(maxEntries, [['', 1]])],
    ['idempotency window', shown(idempotencyWindowMs, ages)],
  ];
  process.stdout.write(table(rows));
}

type Units = readonly (readonly [unit: string, value: number])[];

const ages: Units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const sizes: Units = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['', 1],
];

/** In the largest unit in which it is a whole number: as it would be set. */
function shown(value: number | null, units: Units): string {
  if (value === null) return 'no limit';
  const [unit, size] = units.find(([, each]) => value % each === 0) ?? ['', 1];
  return `${value / size}${unit}`;
}
