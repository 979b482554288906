/** The options that each call knows. One that it does not know is a mistake that would otherwise be found much later. */

import type {
  AppendManyOptions,
  AppendOptions,
  CallOptions,
  ClientOptions,
  FollowOptions,
  ReadOptions,
  ReadTextsOptions,
} from './types.ts';

type Names<Options> = Readonly<Record<keyof Options, true>>;

const call: Names<CallOptions> = { signal: true, timeoutMs: true, silenceMs: true };
const append: Names<AppendOptions> = {
  ...{ ...call, w: true, ifEpoch: true },
  ...{ key: true, idempotencyKey: true, traceparent: true, onRetry: true },
};
const readTexts: Names<ReadTextsOptions> = { ...call, from: true, limit: true, level: true };
const names = {
  append,
  appendMany: { ...append, keys: true } satisfies Names<AppendManyOptions>,
  call,
  client: {
    ...{ urls: true, w: true, timeoutMs: true, token: true, traceparent: true },
    ...{ retry: true, learnNodes: true, maxPending: true, onRetry: true, logger: true, fetch: true },
  } satisfies Names<ClientOptions>,
  follow: {
    ...{ from: true, level: true, signal: true, silenceMs: true },
    ...{ onTrimmed: true, onSkip: true, onRetry: true },
  } satisfies Names<FollowOptions>,
  read: { ...readTexts, pageEntries: true } satisfies Names<ReadOptions>,
  readTexts,
} as const;

/** @throws TypeError */
export function checkOptions(of: keyof typeof names, options: object): void {
  // An untyped caller may pass anything.
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw new TypeError(`options must be an object, not ${JSON.stringify(given)}`);
  const known: object = names[of];
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    throw new TypeError(`unknown option "${name}"; known options: ${Object.keys(known).join(', ')}`);
  }
}
