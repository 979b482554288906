import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from './config.ts';
import { loadConfig } from './load.ts';
import { isNeverDialed, familyOf } from './networks.ts';
import { peerAddressesOf } from './peer-networks.ts';

const named = 'http://s1:5001';
const registered = 'http://s9:5009';

function isBlocked(url: string, address: string, peerAddresses = ''): boolean {
  const { blockListOf } = peerAddressesOf(loadConfig('master', { env: { SECONDARIES: named, PEER_ADDRESSES: peerAddresses } }));
  return blockListOf(url).check(address, familyOf(address));
}

test('no node is dialed at a link-local address or a metadata service, whoever named it', () => {
  for (const address of [
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    'fe80::1%eth0',
    '100.100.100.200',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '192.0.0.192',
    '168.63.129.16',
    'fd20:ce::254',
  ]) {
    for (const url of [named, registered]) {
      assert.equal(isBlocked(url, address), true, address);
      assert.equal(isBlocked(url, address, '0.0.0.0/0,::/0'), true, address);
    }
    assert.equal(isNeverDialed(address.includes(':') ? `[${address}]` : address), true, address);
  }
  for (const address of ['10.0.0.5', '127.0.0.1', '::1', '203.0.113.5', '100.64.0.1', 'fd00:ec2::253', '2001:db8::1'])
    assert.equal(isBlocked(registered, address), false, address);
  assert.equal(isNeverDialed('s1'), false);
});

test('PEER_ADDRESSES narrows where nodes are dialed that nobody named in the settings', () => {
  const networks = '10.0.0.0/8,fd12::/16';
  for (const address of ['10.0.0.5', '::ffff:10.0.0.5', 'fd12::5']) assert.equal(isBlocked(registered, address, networks), false, address);
  for (const address of ['127.0.0.1', '192.168.0.5', '203.0.113.5', '::1', 'fd13::5', '::ffff:203.0.113.5']) {
    assert.equal(isBlocked(registered, address, networks), true, address);
    assert.equal(isBlocked(named, address, networks), false, address);
  }
});

test('a setting that names a node where none is dialed is a mistake', () => {
  for (const [kind, env, says] of [
    ['master', { SECONDARIES: 'http://s1:5001,http://169.254.1.2:5001' }, /^SECONDARIES: http:\/\/169\.254\.1\.2:5001 is link-local/],
    ['secondary', { MASTER_URL: 'http://[fe80::5]:5000' }, /^MASTER_URL: http:\/\/\[fe80::5\]:5000 is/],
    ['node', { NODES: 'http://localhost:5000,http://169.254.1.2:5000' }, /^NODES: http:\/\/169\.254\.1\.2:5000 is/],
  ] as const) {
    assert.throws(
      () => loadConfig(kind, { env }),
      (error) => error instanceof ConfigError && error.mistakes.length === 1 && says.test(error.mistakes[0] ?? ''),
    );
  }
});
