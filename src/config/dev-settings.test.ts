import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devSettings } from './dev-settings.ts';

test('rlog dev has default ports, variables change them, and an invalid port is refused with the name of its variable', () => {
  assert.deepEqual(devSettings(3, undefined, {}), { ports: [5000, 5001, 5002], labPort: 5080, logLevel: 'debug' });
  const chosen = { MASTER_PORT: '1', FOLLOWER_1_PORT: '2', FOLLOWER_2_PORT: '', LAB_PORT: '65532', LOG_LEVEL: 'info' };
  assert.deepEqual(devSettings(3, undefined, chosen), { ports: [1, 2, 5002], labPort: 65_532, logLevel: 'info' });
  assert.throws(
    () => devSettings(3, undefined, { FOLLOWER_2_PORT: '0' }),
    /^ConfigError: FOLLOWER_2_PORT: a port from 1 to 65535, not "0"$/,
  );
  assert.throws(() => devSettings(3, undefined, { LAB_PORT: '65533' }), /^ConfigError: LAB_PORT: a port from 1 to 65532, not "65533"$/);
});

test('a port that is used twice is refused, even by a link between the nodes', () => {
  assert.throws(
    () => devSettings(3, undefined, { MASTER_PORT: '5002' }),
    /port 5002 is used twice: the nodes have 5002, 5001, 5002, the page/,
  );
  assert.throws(() => devSettings(3, undefined, { LAB_PORT: '4999' }), /port 5000 is used twice: .* the page and its links 4999 to 5002$/);
});

test('one base port moves all of them, whatever the environment says', () => {
  const env = { MASTER_PORT: '7000', FOLLOWER_1_PORT: '7001', LAB_PORT: '7080' };
  assert.deepEqual(devSettings(3, 5100, env), { ports: [5100, 5101, 5102], labPort: 5180, logLevel: 'debug' });
});

test('five nodes have five ports, each with its own variable', () => {
  const { ports } = devSettings(5, undefined, { FOLLOWER_4_PORT: '6004' });
  assert.deepEqual(ports, [5000, 5001, 5002, 5003, 6004]);
});
