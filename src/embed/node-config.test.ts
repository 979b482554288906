import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../config/config.ts';
import type { OptionSpec } from '../config/option-spec.ts';
import { options as table } from '../config/options.ts';
import { configOf } from './node-config.ts';
import { optionFields } from './option-fields.ts';
import type { NodeOptions } from './options.ts';

const url = 'http://10.0.0.1:7000';

function mistakesOf(options: object): readonly string[] {
  try {
    configOf(options as NodeOptions);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

test('every option of the table that a node has is a field, and every field is such an option', () => {
  const ofNodes = (table as readonly OptionSpec[]).filter(({ kinds }) => kinds.includes('node')).map(({ variable }) => variable);
  // The same as REPLICATION_DELAY.
  const aliases = ['SECONDARY_DELAYS'];
  assert.deepEqual([...Object.values(optionFields), ...aliases].toSorted(), ofNodes.toSorted());
});

test('a node listens on the host and port of its URL, unless they are given', () => {
  const { host, port, serverId, advertisedUrl, nodes } = configOf({ url });
  assert.deepEqual(
    { host, port, serverId, advertisedUrl, nodes },
    {
      host: '10.0.0.1',
      port: 7000,
      serverId: '10.0.0.1_7000',
      advertisedUrl: url,
      nodes: [url],
    },
  );
  const elsewhere = configOf({ url: 'http://orders-0.orders', host: '0.0.0.0', port: 7001, id: 'a' });
  assert.deepEqual([elsewhere.host, elsewhere.port, elsewhere.advertisedUrl], ['0.0.0.0', 7001, 'http://orders-0.orders']);
  assert.equal(configOf({ url: 'http://[::1]:7000' }).host, '::1');
});

test('the environment says nothing', () => {
  process.env['DATA_DIR'] = '/of/a/server';
  try {
    assert.equal(configOf({ url, id: 'a' }).dataDir, 'data/a');
  } finally {
    delete process.env['DATA_DIR'];
  }
});

test('values of every type arrive as the table would read them', () => {
  const config = configOf({
    url,
    dialInstead: { 'http://10.0.0.2:7000': 'http://127.0.0.1:9000' },
    memory: true,
    logFile: null,
    w: 2,
    timeoutMs: 5000,
    replicationDelayMs: 1500,
    idempotencyWindowMs: 90_000,
    retentionAgeMaxMs: 60_000,
    segmentBytesMax: 1024 * 1024,
    corsOrigins: ['https://app.example.com', 'https://b.example.com'],
    apiTokens: [{ scope: 'append', token: 'a-token-of-sixteen-characters' }],
    clusterSecret: ['a secret of sixteen characters', 'another secret of that length'],
  });
  assert.deepEqual(config.dialInstead, { 'http://10.0.0.2:7000': 'http://127.0.0.1:9000' });
  assert.deepEqual([config.dataDir, config.logFile], [undefined, undefined]);
  assert.deepEqual([config.defaultWriteConcern, config.writeTimeoutMs, config.replicationDelayMs], [2, 5000, 1500]);
  assert.deepEqual([config.idempotencyWindowMs, config.retention.maxAgeMs, config.segmentBytesMax], [90_000, 60_000, 1024 * 1024]);
  assert.deepEqual(config.corsOrigins, ['https://app.example.com', 'https://b.example.com']);
  assert.deepEqual(config.security.tokens, [{ scope: 'append', token: 'a-token-of-sixteen-characters' }]);
  assert.equal(config.security.clusterSecrets.length, 2);
});

test('all mistakes are reported at once, in the words of the options', () => {
  const mistakes = mistakesOf({
    url,
    port: 70_000,
    dataDirectory: 'x',
    w: 0,
    thread: 'no',
    maxPending: 0.5,
    heartbeatIntervalMs: 900,
    nodes: ['http://b:1'],
  });
  assert.deepEqual(mistakes, [
    'there is no option "dataDirectory"',
    'thread: true or false, not a text',
    'maxPending: a whole number from 1 on, or Infinity, not 0.5',
    'port: a port from 1 to 65535, not "70000"',
    'w: a positive number, majority or all, not "0"',
    'heartbeatIntervalMs: must be at most half of suspectedAfterMs, or a healthy node is suspected',
    `nodes: ${url}, the URL of this node, is not among them; set url to the one that is this node's`,
    'electionTimeoutMs: must be at least four times heartbeatIntervalMs, or a short delay ends an epoch',
  ]);
});

test('what is missing, empty or of no type that an option has is a mistake, and no secret is quoted', () => {
  assert.match(mistakesOf({})[0] ?? '', /^url: is missing/);
  assert.deepEqual(mistakesOf({ url, dataDir: '', nodes: [] }), ['dataDir: must not be empty', 'nodes: must not be empty']);
  assert.deepEqual(mistakesOf({ url, dialInstead: {}, corsOrigins: [] }), []);
  assert.deepEqual(mistakesOf({ url, dataDir: null }), ['dataDir: cannot be null']);
  assert.deepEqual(mistakesOf({ url, segmentBytesMax: Number.NaN }), [
    'segmentBytesMax: a size from 1KiB to 1GiB, like 64MiB or 65536, not "NaN"',
  ]);
  const secret = 'a secret, with a comma';
  for (const clusterSecret of [[secret], { secret }, 'short']) {
    const [mistake = '', ...more] = mistakesOf({ url, clusterSecret });
    assert.match(mistake, /^clusterSecret: /);
    assert.doesNotMatch(mistake, /with a comma$|short/);
    assert.deepEqual(more, []);
  }
});
