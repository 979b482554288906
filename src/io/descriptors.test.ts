import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptors, planDescriptors } from './descriptors.ts';

test('connections and forwards leave descriptors for the log and for other nodes, whatever the limit', () => {
  for (const limit of [40, 60, 256, 1024, 65_536, 1_048_576]) {
    const used = 28;
    const { connectionsMax, forwardsMax } = planDescriptors({ limit, used });
    assert.ok(connectionsMax >= 3 && forwardsMax >= 1, `${limit}: ${connectionsMax} and ${forwardsMax}`);
    const left = limit - used - connectionsMax - forwardsMax;
    assert.ok(left >= Math.min(64, Math.floor((limit - used) / 3)), `${limit}: ${left} are left`);
  }
  assert.deepEqual(planDescriptors({ limit: undefined, used: 28 }), { connectionsMax: 32_768, forwardsMax: 960 });
  assert.equal(planDescriptors({ limit: 65_536, used: 28 }, 500).connectionsMax, 500);
  assert.equal(planDescriptors({ limit: 256, used: 28 }, 500).connectionsMax, planDescriptors({ limit: 256, used: 28 }).connectionsMax);
});

test('a process knows how many descriptors it uses, and how many it may use', () => {
  const { limit, used } = descriptors();
  assert.ok(used > 3);
  assert.ok(limit === undefined || limit > used);
});
