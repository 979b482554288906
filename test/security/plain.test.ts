/** A small share of what `npm run security:plain` tries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provePlain } from './plain-proof.ts';

test('a node that reads plain appends itself answers and stores what node:http would have it answer and store', async (t) => {
  const { total, statuses, storedCount, plainCount } = await provePlain({ seed: 1, count: 2000 });
  for (const each of ['201', '201 201', '400', '201 400']) assert.ok((statuses.get(each) ?? 0) > 0, `some are answered ${each}`);
  assert.ok(plainCount > total / 10, `${plainCount} of ${total} are read past node:http`);
  t.diagnostic(`${total} inputs, ${storedCount} entries, ${plainCount} past node:http`);
});
