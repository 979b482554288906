import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBeyondLoopback, isLoopback, isNearby } from './networks.ts';

test('loopback, link-local and private addresses are near, however they are written', () => {
  for (const address of [
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '10.0.0.5',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.65.1',
    '169.254.10.2',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd12:3456::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.5',
    '::ffff:a00:5',
    '::ffff:192.168.0.1',
  ]) {
    assert.equal(isNearby(address), true, address);
  }
});

test('an address of the internet or of a carrier, or no address at all, is not near', () => {
  for (const address of [
    '8.8.8.8',
    '100.64.0.1',
    '100.127.255.255',
    '172.15.255.255',
    '172.32.0.1',
    '192.167.255.255',
    '192.169.0.1',
    '11.0.0.1',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '2001:db8::1',
    '2a00:1450::1%eth0',
    'fec0::1',
    'fe00::1',
    '::ffff:8.8.8.8',
    '::ffff:100.64.0.1',
    // An IPv4 address in an obsolete form, and one behind a translator.
    '::10.0.0.1',
    '64:ff9b::10.0.0.1',
    'localhost',
    '',
    undefined,
  ]) {
    assert.equal(isNearby(address), false, String(address));
  }
});

test('a node that listens on loopback only cannot be reached from other machines', () => {
  for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost', 'LocalHost', 'log.localhost', '::ffff:127.0.0.1'])
    assert.equal(isBeyondLoopback(host), false, host);
  for (const host of ['0.0.0.0', '::', '10.0.0.5', '169.254.1.1', 'log.example.com', 'localhost.example.com'])
    assert.equal(isBeyondLoopback(host), true, host);
  assert.deepEqual([isLoopback('10.0.0.5'), isLoopback('::ffff:127.0.0.1'), isLoopback(undefined)], [false, true, false]);
});
