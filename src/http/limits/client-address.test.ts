import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedSourceOf, sourceOf } from './client-address.ts';

test('a caller is counted by its address, and in IPv6 by the network that one machine can have for itself', () => {
  const sources = ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::7', '2001:db8::1', 'fe80::1%eth0', undefined];
  assert.deepEqual(sources.map(sourceOf), [
    '10.0.0.1',
    '10.0.0.1',
    '2001:db8:1:2::/64',
    '2001:db8:1:2::/64',
    '2001:db8:0:0::/64',
    'fe80:0:0:0::/64',
    undefined,
  ]);
});

test('programs of this machine are not counted by their address', () => {
  assert.deepEqual(['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1'].map(countedSourceOf), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(countedSourceOf('192.168.0.7'), '192.168.0.7');
});
