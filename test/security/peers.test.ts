/** A small share of what `npm run security:peers` tries at the ports of real nodes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proveHandshakes } from './handshake-proof.ts';
import { proveInputs } from './inputs-proof.ts';

const quietly = (): void => undefined;

test('a handshake that is played back, sent back or changed, or made with another key, is refused, and changes nothing', async (t) => {
  const { refused, lines } = await proveHandshakes({ seed: 1, count: 100, say: quietly });
  assert.ok(refused.size > 30, `${refused.size} kinds`);
  t.diagnostic(`${refused.size} kinds of tries, ${lines} lines in the logs`);
});

test('what a stranger or a member gone wrong says ends no node, and nothing of it is stored', async (t) => {
  const { total, kinds } = await proveInputs({ seed: 1, count: 500, say: quietly });
  t.diagnostic(`${total} inputs of ${kinds.size} kinds`);
});
