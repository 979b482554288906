import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, sayableConfig } from './config.ts';
import { loadConfig } from './load.ts';
import { options } from './options.ts';
import type { NodeKind } from './config.ts';
import type { OptionSpec } from './option-spec.ts';

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
    [secondary.port, secondary.serverId, secondary.advertisedUrl, secondary.replicationDelayMs, secondary.dataDir, secondary.masterUrls],
    [5002, 'secondary-5002', 'http://localhost:5002', 1500, 'data/secondary-5002', ['http://localhost:5000']],
  );
  assert.deepEqual(master.masterUrls, []);
  assert.deepEqual(loadConfig('secondary', { env: { MASTER_URL: 'http://m:1' } }).masterUrls, ['http://m:1']);
  assert.deepEqual(loadConfig('secondary', { env: { MASTER_URL: 'none' } }).masterUrls, []);
  assert.deepEqual(loadConfig('secondary', { env: { SECONDARY_PORT: '5000' } }).masterUrls, [], 'it does not register with itself');
});

test('flags win over variables, and an empty variable counts as not set', () => {
  const config = loadConfig('master', { env: { MASTER_PORT: '6000', SERVER_ID: '', LOG_FILE: '' }, flags: { port: '7000', memory: true } });
  assert.deepEqual([config.port, config.serverId, config.dataDir, config.logFile], [7000, 'master', undefined, undefined]);
});

test('other nodes can be dialed at other addresses than their URLs', () => {
  const { dialInstead } = loadConfig('master', {
    env: { DIAL_INSTEAD: 'http://a:5001=http://proxy:6001, http://b:5002/=http://proxy:6002' },
  });
  assert.deepEqual(dialInstead, { 'http://a:5001': 'http://proxy:6001', 'http://b:5002': 'http://proxy:6002' });
  for (const wrong of ['http://a:5001', 'http://a:5001=', 'http://a:1=http://b:2=http://c:3']) {
    assert.match(mistakes('master', { DIAL_INSTEAD: wrong }).join(), /^DIAL_INSTEAD: pairs of URLs like/, wrong);
  }
});

test('SECONDARY_DELAYS is the same as REPLICATION_DELAY, and setting both to different values is a mistake', () => {
  assert.equal(loadConfig('secondary', { env: { SECONDARY_DELAYS: '10' } }).replicationDelayMs, 10_000);
  assert.equal(loadConfig('secondary', { env: { SECONDARY_DELAYS: '2.0', REPLICATION_DELAY: '2' } }).replicationDelayMs, 2000);
  assert.match(mistakes('secondary', { SECONDARY_DELAYS: '1', REPLICATION_DELAY: '2' }).join(), /both are set, but differ/);
});

test('all mistakes are reported at once, each with the name of its variable', () => {
  const found = mistakes('master', {
    MASTER_PORT: '70000',
    SECONDARIES: 'localhost:5001',
    DEFAULT_WRITE_CONCERN: 'some',
    WRITE_TIMEOUT_MS: '0',
    SEGMENT_BYTES_MAX: '5MB',
    IDEMPOTENCY_WINDOW: '24',
    RETENTION_AGE_MAX: '0d',
    RETENTION_BYTES_MAX: '2GB',
    RETENTION_ENTRIES_MAX: '0',
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
    'RETENTION_AGE_MAX',
    'RETENTION_BYTES_MAX',
    'RETENTION_ENTRIES_MAX',
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

test('what a new cluster keeps has no limit unless one is set, of any size that a disk can have', () => {
  const kept = (env: Record<string, string>): object => loadConfig('node', { env }).retention;
  assert.deepEqual(kept({}), { maxAgeMs: null, maxBytes: null, maxEntries: null });
  const set = { RETENTION_AGE_MAX: '7d', RETENTION_BYTES_MAX: '2GiB', RETENTION_ENTRIES_MAX: '5' };
  assert.deepEqual(kept(set), { maxAgeMs: 7 * 86_400_000, maxBytes: 2 * 1024 ** 3, maxEntries: 5 });
  assert.deepEqual(kept({ RETENTION_BYTES_MAX: '12TiB' }), { maxAgeMs: null, maxBytes: 12 * 1024 ** 4, maxEntries: null });
  for (const kind of ['master', 'secondary'] as const)
    assert.equal(loadConfig(kind, { env: {}, flags: { 'retention-entries-max': '7' } }).retention.maxEntries, 7);
  // What is in memory as a whole stays small.
  assert.match(mistakes('master', { SEGMENT_BYTES_MAX: '2GiB' }).join(), /^SEGMENT_BYTES_MAX: a size from 1KiB to 1GiB/);
});

test('settings that contradict each other are reported', () => {
  assert.match(mistakes('master', { SUSPECTED_AFTER_MS: '3000' }).join(), /SUSPECTED_AFTER_MS: must be less/);
  assert.match(mistakes('master', { MESSAGE_BYTES_MAX: '64MiB' }).join(), /MESSAGE_BYTES_MAX: must be at most BODY_BYTES_MAX/);
  assert.match(mistakes('master', { SECONDARIES: 'http://127.0.0.1:5000' }).join(), /names this node itself/);
  assert.match(mistakes('master', { SECONDARIES: 'http://a:1, http://a:1' }).join(), /names a URL twice/);
  assert.match(mistakes('secondary', { MEMORY: 'true', BLANK: 'true' }).join(), /but MEMORY has none/);
});

const container = { hostname: '6f1ed002ab55', addresses: ['172.20.0.3'] };

test('the advertised URL leads to the node: it is not localhost if the node listens on all addresses', () => {
  const advertised = (kind: 'master' | 'secondary', env: Record<string, string>, machine = container): string =>
    loadConfig(kind, { env, machine }).advertisedUrl;
  assert.equal(advertised('secondary', { HOST: '0.0.0.0' }), 'http://6f1ed002ab55:5001');
  assert.equal(advertised('master', { HOST: '::' }), 'http://6f1ed002ab55:5000');
  assert.equal(advertised('secondary', { HOST: '0.0.0.0' }, { ...container, hostname: '123456789012' }), 'http://172.20.0.3:5001');
  assert.equal(advertised('secondary', { HOST: '10.1.2.3' }), 'http://10.1.2.3:5001');
  assert.equal(advertised('secondary', { HOST: '[::1]', SECONDARY_PORT: '7' }), 'http://[::1]:7');
  assert.equal(advertised('secondary', { HOST: '0.0.0.0', SECONDARY_HOST: 'secondary1' }), 'http://secondary1:5001');
  assert.equal(advertised('secondary', { SECONDARY_HOST: '2001:db8::7' }), 'http://[2001:db8::7]:5001');
  assert.equal(loadConfig('secondary', { env: { HOST: '[::1]' } }).host, '::1', 'the node listens without the brackets');
});

test('an invalid or misleading address is one mistake, with the name of its variable', () => {
  const wrong: readonly (readonly ['master' | 'secondary', string, string])[] = [
    ['master', 'HOST', 'http://0.0.0.0'],
    ['master', 'HOST', '0.0.0.0:5000'],
    ['secondary', 'HOST', 'fe80::1%eth0'],
    ['secondary', 'SECONDARY_HOST', 'http://secondary1'],
    ['secondary', 'SECONDARY_HOST', 'secondary1:5001'],
    ['secondary', 'SECONDARY_HOST', '12345'],
    ['secondary', 'SECONDARY_HOST', '0.0.0.0'],
    ['secondary', 'SECONDARY_HOST', 'a b'],
    ['secondary', 'ADVERTISED_URL', 'http://0.0.0.0:5001'],
    ['secondary', 'MASTER_URL', 'http://http://master:5000'],
    ['secondary', 'MASTER_URL', 'http://master:5000:5000'],
    ['secondary', 'MASTER_URL', 'tcp://10.0.0.1:5000'],
    ['secondary', 'MASTER_URL', 'http://user:pw@master:5000'],
    ['master', 'SECONDARIES', 'http://12345:5001'],
    ['master', 'SECONDARIES', 'http://::1:5001'],
  ];
  for (const [kind, variable, text] of wrong) {
    const [mistake = '', ...others] = mistakes(kind, { [variable]: text });
    assert.deepEqual([mistake.split(':')[0], others], [variable, []], `${variable}=${text}: ${mistake}`);
  }
  assert.match(mistakes('secondary', { MASTER_URL: 'http://localhost:5001' }).join(), /^MASTER_URL: names this node itself/);
});

test('a port variable that Kubernetes set for a Service is refused, and the message says how to prevent it', () => {
  for (const [kind, variable] of [
    ['master', 'MASTER_PORT'],
    ['secondary', 'SECONDARY_PORT'],
  ] as const) {
    const [mistake = ''] = mistakes(kind, { [variable]: 'tcp://10.0.0.1:5000' });
    assert.match(mistake, new RegExp(`^${variable}: a port .*enableServiceLinks: false`));
  }
});

test('in the image a node is named after its host, and a secondary has default addresses of masters', () => {
  const env = { RLOG_IMAGE: 'true', HOST: '0.0.0.0', DATA_DIR: '/data' };
  const secondary = loadConfig('secondary', { env, machine: container });
  assert.deepEqual(
    [secondary.serverId, secondary.advertisedUrl, secondary.masterUrls],
    ['6f1ed002ab55', 'http://6f1ed002ab55:5001', ['http://master1:5000', 'http://master:5000']],
  );
  const named = loadConfig('secondary', { env, machine: container, named: { kind: 'secondary', name: 'replica2', port: 5002 } });
  assert.deepEqual([named.serverId, named.advertisedUrl, named.port], ['replica2', 'http://replica2:5002', 5002]);
  assert.equal(loadConfig('secondary', { env: { ...env, SERVER_ID: 'x' }, machine: container }).serverId, 'x');
  assert.equal(loadConfig('master', { env, machine: { ...container, hostname: '-' } }).serverId, 'master', 'an invalid host name');
});

test('a node logs the settings that a list allows: all present ones, but neither later ones nor secrets', () => {
  const { security, ...config } = loadConfig('master', { env: {} });
  const said = { ...config, security: { ...security, tokens: 0, clusterSecrets: 0 } };
  assert.deepEqual(sayableConfig({ ...config, security }), said);
  const later = { ...config, security, addedLater: 'hush' };
  assert.deepEqual(sayableConfig(later), said);
  const tokens = [{ scope: 'read', token: 'hush' }] as const;
  const secretive = sayableConfig({ ...config, security: { ...security, tokens, clusterSecrets: ['hush'] } });
  assert.doesNotMatch(JSON.stringify(secretive), /hush/);
});

test('every default of the table is accepted by its parser, and applies to an option that is not given', () => {
  const asGiven: Record<string, string> = {};
  for (const option of options as readonly OptionSpec[]) {
    if ('default' in option && option.kinds.includes('master')) asGiven[option.variable] = option.default;
  }
  assert.deepEqual(loadConfig('master', { env: asGiven, machine: container }), loadConfig('master', { env: {}, machine: container }));
});

test('equal nodes find themselves in NODES, are named after their URL, and elect their leader', () => {
  const NODES = 'http://10.0.0.1:5000,http://10.0.0.2:5000,http://10.0.0.3:5000';
  const node = loadConfig('node', { env: { NODES, ADVERTISED_URL: 'http://10.0.0.2:5000' } });
  assert.deepEqual(
    [node.serverId, node.port, node.coordinator, node.defaultWriteConcern],
    ['10.0.0.2_5000', 5000, 'elections', 'majority'],
  );
  assert.deepEqual(node.secondaries, ['http://10.0.0.1:5000', 'http://10.0.0.3:5000']);
  assert.deepEqual([node.electionTimeoutMs, node.leaderPriority, node.listenerHeartbeatMs], [1500, 1, 5000]);
  const alone = loadConfig('node', { env: {} });
  assert.deepEqual([alone.nodes, alone.secondaries, alone.serverId], [['http://localhost:5000'], [], 'localhost_5000']);
  const delayed = loadConfig('node', { env: { REPLICATION_DELAY: '1' } });
  assert.equal(delayed.leaderPriority, 0);
});

test('mistakes in the settings of equal nodes are reported, and the rules for election timing do not apply to masters', () => {
  const mistakesOf = (kind: 'node' | 'master', env: Record<string, string>): readonly string[] => {
    try {
      loadConfig(kind, { env });
      return [];
    } catch (error) {
      return error instanceof ConfigError ? error.mistakes : [String(error)];
    }
  };
  assert.match(
    mistakesOf('node', { NODES: 'http://a:1,http://b:1' }).join(),
    /http:\/\/localhost:5000, the URL of this node, is not among them/,
  );
  assert.match(mistakesOf('node', { COORDINATOR: 'static' }).join(), /COORDINATOR: static is for a master/);
  assert.match(mistakesOf('node', { ELECTION_TIMEOUT_MS: '999' }).join(), /at least four times HEARTBEAT_INTERVAL_MS/);
  assert.match(mistakesOf('node', { LEADER_PRIORITY: '10' }).join(), /a digit from 0 to 9/);
  assert.deepEqual(mistakesOf('master', { HEARTBEAT_INTERVAL_MS: '500' }), []);
});

const tlsFiles = { TLS_CERT_FILE: 'cert.pem', TLS_KEY_FILE: 'key.pem' };

test('a node with TLS is known by https, but not while its cluster takes TLS up', () => {
  const urlsOf = (kind: NodeKind, env: Record<string, string>): unknown => {
    const { advertisedUrl, masterUrls } = loadConfig(kind, { env, machine: container });
    return [advertisedUrl, ...masterUrls];
  };
  assert.deepEqual(urlsOf('secondary', {}), ['http://localhost:5001', 'http://localhost:5000']);
  assert.deepEqual(urlsOf('secondary', tlsFiles), ['https://localhost:5001', 'https://localhost:5000']);
  assert.deepEqual(urlsOf('secondary', { ...tlsFiles, ACCEPT_INSECURE: '1' }), ['http://localhost:5001', 'http://localhost:5000']);
  const NODES = 'https://localhost:5000,https://b:5000';
  assert.deepEqual(
    urlsOf('node', { ...tlsFiles, NODES, ACCEPT_INSECURE: '1' }),
    ['https://localhost:5000', 'https://b:5000'],
    'as in NODES',
  );
  assert.deepEqual(urlsOf('node', { NODES }), ['https://localhost:5000', 'https://b:5000'], 'something in front of it has TLS');
  assert.deepEqual(urlsOf('node', { ...tlsFiles, NODE_PORT: '443' }), ['https://localhost']);
});

test('mistakes in the settings of TLS are reported', () => {
  const mistakeOf = (env: Record<string, string>): string => {
    try {
      loadConfig('node', { env });
      return '';
    } catch (error) {
      return error instanceof ConfigError ? error.mistakes.join() : String(error);
    }
  };
  assert.equal(mistakeOf({ ...tlsFiles, TLS_CA_FILE: 'ca.pem', TLS_CLIENT_AUTH: '1' }), '');
  assert.equal(mistakeOf({ TLS_CA_FILE: 'ca.pem' }), '', 'for the connections that it opens');
  assert.match(mistakeOf({ TLS_CERT_FILE: 'cert.pem' }), /^TLS_CERT_FILE: needs its key/);
  assert.match(mistakeOf({ TLS_KEY_FILE: 'key.pem' }), /^TLS_KEY_FILE: needs its certificate/);
  assert.match(mistakeOf({ ...tlsFiles, TLS_CLIENT_AUTH: '1' }), /^TLS_CLIENT_AUTH: needs TLS_CA_FILE/);
  assert.match(mistakeOf({ TLS_CA_FILE: 'ca.pem', TLS_CLIENT_AUTH: '1' }), /^TLS_CLIENT_AUTH: needs TLS_CERT_FILE/);
  const plain = { ADVERTISED_URL: 'http://localhost:5000' };
  assert.match(mistakeOf({ ...tlsFiles, ...plain }), /^ADVERTISED_URL: http:\/\/localhost:5000 must begin with https/);
  assert.equal(mistakeOf({ ...tlsFiles, ...plain, ACCEPT_INSECURE: '1' }), '');
});
