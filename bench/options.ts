/** The command line of the benchmark. */

import { parseArgs } from 'node:util';
import { scenarios } from './catalogue.ts';
import type { Scenario, Size } from './scenario.ts';

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly size: Size;
  /** The data of the nodes lies in memory. */
  readonly isInMemory: boolean;
  readonly rounds: number;
  readonly windowMs: number;
  readonly jsonPath: string | undefined;
  readonly htmlPath: string | undefined;
  readonly baseline: string | undefined;
}

/** The command line is wrong or cannot be carried out; printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const defaults = {
  quick: { rounds: 1, seconds: 0.3 },
  normal: { rounds: 4, seconds: 1 },
  full: { rounds: 5, seconds: 3 },
} as const satisfies Record<Size, unknown>;

export function helpText(): string {
  const lines = scenarios.map(
    ({ name, title, isLong, isForMemory }) =>
      `  ${name.padEnd(12)} ${title}${isLong === true ? ' (long)' : ''}${isForMemory === true ? ' (memory)' : ''}`,
  );
  return `npm run bench -- [options]

Measures this server and, where they are installed, etcd, NATS JetStream and Redis, in interleaved rounds on this machine,
and compares them with what the machine itself can do. Exits with 1 if a request failed or an acknowledged message is not
on every node, in one order.

  --only NAME,…    only these scenarios
  --rounds N       how often everything is measured (${defaults.normal.rounds}; quick ${defaults.quick.rounds}, full ${defaults.full.rounds})
  --seconds S      length of one measurement (${defaults.normal.seconds}; quick ${defaults.quick.seconds}, full ${defaults.full.seconds})
  --quick          a smoke test of everything, in a minute or two; its figures mean nothing
  --memory         data in memory, where a flush costs nothing: the goals that there are for that; needs a tmpfs (TMPDIR or /dev/shm)
  --full           everything at the size that the goals name, including the long scenarios
  --json FILE      writes all figures to FILE
  --html FILE      writes a page with charts to FILE
  --baseline REF   another commit of this project instead of the peers, in interleaved pairs
  --help           prints this

Scenarios; those marked (long) only run when they are named, or with --full or --quick, and without (memory) not with --memory:
${lines.join('\n')}

Data goes into folders below TMPDIR, on the disk to be measured, and is removed at the end.
`;
}

/** @returns `undefined` when help was asked for. @throws UsageError */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parse(args);
  if (values.help === true) return undefined;
  if (values.quick === true && values.full === true) throw new UsageError('--quick and --full exclude each other');
  const size: Size = values.quick === true ? 'quick' : values.full === true ? 'full' : 'normal';
  const isInMemory = values.memory === true;
  return {
    scenarios: values.only === undefined ? unnamed({ size, isInMemory }) : named(values.only),
    size,
    isInMemory,
    rounds: positive('--rounds', values.rounds, { fallback: defaults[size].rounds, isWhole: true }),
    windowMs: 1000 * positive('--seconds', values.seconds, { fallback: defaults[size].seconds, isWhole: false }),
    jsonPath: values.json,
    htmlPath: values.html,
    baseline: values.baseline,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ only: text, rounds: text, seconds: text, json: text, html: text, baseline: text },
        ...{ full: flag, quick: flag, memory: flag, help: flag },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function unnamed({ size, isInMemory }: Pick<Options, 'size' | 'isInMemory'>): readonly Scenario[] {
  if (isInMemory) return scenarios.filter(({ isForMemory }) => isForMemory === true);
  return scenarios.filter(({ isLong }) => isLong !== true || size !== 'normal');
}

function named(list: string): readonly Scenario[] {
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0)
    throw new UsageError(`there is no scenario ${unknown.join(', ')}; there are ${scenarios.map(({ name }) => name).join(', ')}`);
  return scenarios.filter(({ name }) => names.includes(name));
}

function positive(
  option: string,
  text: string | undefined,
  { fallback, isWhole }: { readonly fallback: number; readonly isWhole: boolean },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value) || (isWhole && !Number.isInteger(value)))
    throw new UsageError(`${option} takes a positive ${isWhole ? 'whole ' : ''}number, not "${text}"`);
  return value;
}
