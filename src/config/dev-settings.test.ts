import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devSettings } from './dev-settings.ts';

test('rlog dev has ports of its own unless variables say others; what is no port is refused with its variable', () => {
  assert.deepEqual(devSettings(4, {}), { ports: [5000, 5001, 5002], labPort: 5080, logLevel: 'debug' });
  const chosen = devSettings(4, { MASTER_PORT: '1', FOLLOWER_1_PORT: '2', FOLLOWER_2_PORT: '', LAB_PORT: '65532', LOG_LEVEL: 'info' });
  assert.deepEqual(chosen, { ports: [1, 2, 5002], labPort: 65_532, logLevel: 'info' });
  assert.throws(() => devSettings(4, { FOLLOWER_2_PORT: '0' }), /^ConfigError: FOLLOWER_2_PORT: a port from 1 to 65535, not "0"$/);
  assert.throws(() => devSettings(4, { LAB_PORT: '65533' }), /^ConfigError: LAB_PORT: a port from 1 to 65532, not "65533"$/);
});

test('a port that two want is refused, one of the links between the nodes too', () => {
  assert.throws(() => devSettings(4, { MASTER_PORT: '5002' }), /port 5002 is wanted twice: the nodes have 5002, 5001, 5002, the page/);
  assert.throws(() => devSettings(4, { LAB_PORT: '4999' }), /port 5000 is wanted twice: .* the page and its links 4999 to 5002$/);
});
