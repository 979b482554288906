import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig } from './config.ts';

function mistakes(kind: 'master' | 'secondary', env: Record<string, string>): readonly string[] {
  try {
    loadConfig(kind, { env });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.mistakes;
  }
}

test('the defaults are those of the seeds', () => {
  const master = loadConfig('master', { env: {} });
  assert.deepEqual(
    [
      master.port,
      master.host,
      master.serverId,
      master.secondaries,
      master.advertisedUrl,
      master.dataDir,
      master.logFile,
      master.defaultWriteConcern,
    ],
    [5000, '127.0.0.1', 'master', [], 'http://127.0.0.1:5000', 'data/master', 'data/master/master.log', 'all'],
  );
  const secondary = loadConfig('secondary', { env: { SECONDARY_PORT: '5002', REPLICATION_DELAY: '1.5' } });
  assert.deepEqual(
    [secondary.port, secondary.serverId, secondary.advertisedUrl, secondary.replicationDelayMs, secondary.dataDir, secondary.masterUrl],
    [5002, 'secondary-5002', 'http://localhost:5002', 1500, 'data/secondary-5002', undefined],
  );
});

test('flags win over variables, and empty variables are as if they were not set', () => {
  const config = loadConfig('master', { env: { MASTER_PORT: '6000', SERVER_ID: '', LOG_FILE: '' }, flags: { port: '7000', memory: true } });
  assert.deepEqual([config.port, config.serverId, config.dataDir, config.logFile], [7000, 'master', undefined, undefined]);
});

test('SECONDARY_DELAYS is REPLICATION_DELAY; both, and different, is a mistake', () => {
  assert.equal(loadConfig('secondary', { env: { SECONDARY_DELAYS: '10' } }).replicationDelayMs, 10_000);
  assert.equal(loadConfig('secondary', { env: { SECONDARY_DELAYS: '2.0', REPLICATION_DELAY: '2' } }).replicationDelayMs, 2000);
  assert.match(mistakes('secondary', { SECONDARY_DELAYS: '1', REPLICATION_DELAY: '2' }).join(), /both are set, and differ/);
});

test('all mistakes are reported at once, each with the name of its variable', () => {
  const found = mistakes('master', {
    MASTER_PORT: '70000',
    SECONDARIES: 'localhost:5001',
    DEFAULT_WRITE_CONCERN: 'some',
    WRITE_TIMEOUT_MS: '0',
    SEGMENT_BYTES_MAX: '5MB',
    IDEMPOTENCY_WINDOW: '24',
    API_DIALECT: 'soap',
    SERVER_ID: 'a b',
    REPLICATION_DELAY: '-1',
    COORDINATOR: 'etcd',
    CLUSTER_SECRET: 'x',
    HEARTBEAT_INTERVAL_MS: '2000',
  });
  for (const variable of [
    'MASTER_PORT',
    'SECONDARIES',
    'DEFAULT_WRITE_CONCERN',
    'WRITE_TIMEOUT_MS',
    'SEGMENT_BYTES_MAX',
    'IDEMPOTENCY_WINDOW',
    'API_DIALECT',
    'SERVER_ID',
    'REPLICATION_DELAY',
    'COORDINATOR',
    'CLUSTER_SECRET',
    'HEARTBEAT_INTERVAL_MS',
  ]) {
    assert.equal(found.filter((mistake) => mistake.startsWith(`${variable}:`)).length, 1, `${variable} in ${found.join('\n')}`);
  }
});

test('settings that contradict each other are found', () => {
  assert.match(mistakes('master', { SUSPECTED_AFTER_MS: '3000' }).join(), /SUSPECTED_AFTER_MS: must be less/);
  assert.match(mistakes('master', { MESSAGE_BYTES_MAX: '64MiB' }).join(), /MESSAGE_BYTES_MAX: must be at most BODY_BYTES_MAX/);
  assert.match(mistakes('master', { SECONDARIES: 'http://127.0.0.1:5000' }).join(), /names this node itself/);
  assert.match(mistakes('master', { SECONDARIES: 'http://a:1, http://a:1' }).join(), /names a URL twice/);
  assert.match(mistakes('secondary', { MEMORY: 'true', BLANK: 'true' }).join(), /MEMORY has none/);
});
