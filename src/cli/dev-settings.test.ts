import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devPlan } from './dev-settings.ts';

test('a log contains the addresses of its members, so nodes of another kind, number or ports have a folder of their own', () => {
  const roots = [
    {},
    { ha: true },
    { nodes: '5' },
    { basePort: '5000' },
    { basePort: '5100' },
    { ha: true, nodes: '5', basePort: '5100' },
  ].map((flags) => devPlan(flags).root);
  assert.deepEqual(roots, ['data/dev', 'data/dev-ha', 'data/dev-5', 'data/dev', 'data/dev-at-5100', 'data/dev-ha-5-at-5100']);
});
