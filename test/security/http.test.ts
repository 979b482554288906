/** A small share of what `npm run security:http` tries at real nodes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/sim/world/random.ts';
import { operationRequests } from './http-corpus.ts';
import { mutated } from './http-mutations.ts';
import { proveHttp } from './http-proof.ts';
import { onlyLong } from '../support/long.ts';

const quietly = (): void => undefined;

for (const [isClosed, options] of [
  [true, {}],
  [false, onlyLong],
] as const) {
  test(
    `random and changed requests end no node, and what is refused is not stored, ${isClosed ? 'with' : 'without'} tokens and a secret`,
    options,
    async (t) => {
      const { total, statuses } = await proveHttp({ seed: 1, count: 600, atOnce: 32, isClosed, say: quietly });
      for (const status of ['200', '201', '400', '404', '405']) assert.ok((statuses.get(status) ?? 0) > 0, `some are answered ${status}`);
      t.diagnostic(`${total} inputs: ${[...statuses].map((pair) => pair.join(' ')).join(', ')}`);
    },
  );
}

test('one seed makes the same inputs again', () => {
  const inputs = (): string[] => {
    const random = new Random(5);
    return Array.from({ length: 500 }, () => mutated(random, operationRequests()).toString('hex'));
  };
  assert.deepEqual(inputs(), inputs());
  assert.ok(new Set(inputs()).size > 400);
});
