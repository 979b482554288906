import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkNames, ownAddresses, reverseName } from './network-names.ts';

test('the names of all addresses are found, in the order of the addresses', async () => {
  const lookUp = (address: string): Promise<string[]> => {
    if (address === '10.0.0.1') return Promise.reject(new Error('ENOTFOUND'));
    return Promise.resolve([`${address}.net`, 'other']);
  };
  const names = await networkNames({ addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], lookUp, withinMs: 10_000 });
  assert.deepEqual(names, ['10.0.0.2.net', 'other', '10.0.0.3.net', 'other']);
});

test('a look-up that does not answer in time is skipped, and the others count', { timeout: 5000 }, async () => {
  const lookUp = (address: string): Promise<string[]> =>
    address === 'silent' ? new Promise(() => undefined) : Promise.resolve([`name of ${address}`]);
  assert.deepEqual(await networkNames({ addresses: ['silent', 'b'], lookUp, withinMs: 20 }), ['name of b']);
  assert.deepEqual(await networkNames({ addresses: [], lookUp, withinMs: 5000 }), []);
});

test('addresses that only this machine can use are left out', () => {
  const netmask = '';
  const mac = '';
  const of = (address: string, family: 'IPv4' | 'IPv6', internal = false, scopeid = 0) =>
    family === 'IPv4'
      ? { address, family, internal, netmask, mac, cidr: null }
      : { address, family, internal, netmask, mac, cidr: null, scopeid };
  const interfaces = {
    lo: [of('127.0.0.1', 'IPv4', true), of('::1', 'IPv6', true)],
    eth0: [of('fe80::1', 'IPv6', false, 2), of('2001:db8::7', 'IPv6'), of('172.20.0.3', 'IPv4')],
  };
  assert.deepEqual(ownAddresses(interfaces), ['172.20.0.3', '2001:db8::7']);
});

test('the reverse name of an address follows its standard', () => {
  assert.equal(reverseName('172.20.0.3'), '3.0.20.172.in-addr.arpa');
  assert.equal(reverseName('2001:db8::7'), `7.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
  assert.equal(reverseName('::1'), `1.${'0.'.repeat(31)}ip6.arpa`);
});
