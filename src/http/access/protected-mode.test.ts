import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import type { Config, SecurityConfig } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { ProtectedMode } from './protected-mode.ts';

function configOf(host: string, security: Partial<SecurityConfig> = {}): Pick<Config, 'host' | 'security'> {
  const config = loadConfig('master', { env: { HOST: host, SECONDARY_HOST: 'master' } });
  return { host, security: { ...config.security, ...security } };
}

const proven = { remoteAddress: '203.0.113.5' };
const isProven = (socket: object): boolean => socket === proven;

/** @returns the refusal's code and detail */
function refusalOf(mode: ProtectedMode, remoteAddress: string | undefined, headers: Readonly<Record<string, string>> = {}): string {
  return refusalOn(mode, { remoteAddress }, headers);
}

function refusalOn(
  mode: ProtectedMode,
  socket: { readonly remoteAddress: string | undefined },
  headers: Readonly<Record<string, string>> = {},
): string {
  try {
    mode.check({ socket, headers });
    return '';
  } catch (error) {
    assert.ok(error instanceof LogError);
    return `${error.code}: ${error.message}`;
  }
}

test('a node without tokens that listens beyond loopback serves nearby clients only, and tells others what would help', () => {
  for (const host of ['0.0.0.0', '::', '10.0.0.5', 'log.example.com']) {
    const mode = new ProtectedMode(configOf(host), isProven);
    for (const address of ['127.0.0.1', '::1', '172.17.0.1', '::ffff:192.168.65.1', 'fe80::1%eth0', 'fd00::5'])
      assert.equal(refusalOf(mode, address), '', address);
    for (const address of ['203.0.113.5', '::ffff:203.0.113.5', '2001:db8::5', '100.64.0.1', undefined]) {
      const refusal = refusalOf(mode, address);
      assert.match(refusal, /^protected-mode: .*API_TOKENS_FILE.*CLUSTER_SECRET_FILE.*OPEN_TO_ALL=1/);
      if (address !== undefined) assert.ok(refusal.includes(address), refusal);
    }
  }
});

test('a request that a proxy sends for a client is never near, wherever the proxy is', () => {
  const mode = new ProtectedMode(configOf('0.0.0.0'), isProven);
  for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'via']) {
    for (const value of ['127.0.0.1', '']) assert.match(refusalOf(mode, '127.0.0.1', { [name]: value }), new RegExp(`proxy.*${name}`));
    // A node checks by itself what it forwards.
    assert.equal(refusalOn(mode, proven, { [name]: '203.0.113.9' }), '');
  }
});

test('a node that has proved the secret is served from anywhere', () => {
  const mode = new ProtectedMode(configOf('0.0.0.0'), isProven);
  assert.deepEqual([mode.serves(proven), refusalOn(mode, proven)], [true, '']);
});

test('protected mode is off on loopback, with tokens, and with OPEN_TO_ALL', () => {
  const token = { scope: 'read', token: 'a-token-of-some-length' } as const;
  for (const config of [
    configOf('127.0.0.1'),
    configOf('localhost'),
    configOf('0.0.0.0', { tokens: [token] }),
    configOf('0.0.0.0', { tokensFile: 'tokens' }),
    configOf('0.0.0.0', { isOpenToAll: true }),
  ]) {
    const mode = new ProtectedMode(config, isProven);
    assert.equal(refusalOf(mode, '203.0.113.5', { forwarded: 'for=10.0.0.5' }), '');
    assert.equal(mode.serves({ remoteAddress: '203.0.113.5' }), true);
  }
  // With ACCEPT_INSECURE, clients without a token are served, so protected mode stays on.
  const takingUp = new ProtectedMode(configOf('0.0.0.0', { tokens: [token], acceptsInsecure: true }), isProven);
  assert.match(refusalOf(takingUp, '203.0.113.5'), /^protected-mode/);
});
