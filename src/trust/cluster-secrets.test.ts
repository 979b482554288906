import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterSecrets } from './cluster-secrets.ts';

const secretOf = (n: number): string => `the secret of number ${n}`;

test('of replacements that overlap the last one counts, whichever of them has its keys first', async () => {
  const secrets = await ClusterSecrets.of([secretOf(0)]);
  const [last] = (await ClusterSecrets.of([secretOf(4)])).names;
  // Which is ready first is a matter of chance.
  for (let round = 0; round < 6; round += 1) {
    await Promise.all([secrets.replace([1, 2, 3].map(secretOf)), secrets.replace([secretOf(4)])]);
    assert.deepEqual(secrets.names, [last]);
  }
});
