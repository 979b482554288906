import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unclaimedId } from '../core/members/founding.ts';
import { isMemberName } from '../core/model/names.ts';
import { isNodeUrl } from '../protocol/shape.ts';
import { isWildcard, nodeUrlIn, reachableHost, urlOfHost } from './addresses.ts';

test('an accepted host makes a URL that leads to it', () => {
  const urls: readonly (readonly [string, string])[] = [
    ['secondary1', 'http://secondary1:5001'],
    ['Secondary_Slow', 'http://secondary_slow:5001'],
    ['10.0.0.7', 'http://10.0.0.7:5001'],
    ['::1', 'http://[::1]:5001'],
    ['[2001:DB8:0::7]', 'http://[2001:db8::7]:5001'],
    ['1.node', 'http://1.node:5001'],
    ['123456789012.log_network', 'http://123456789012.log_network:5001'],
    ['вузол', 'http://xn--b1akmlx:5001'],
  ];
  for (const [host, url] of urls) {
    assert.equal(urlOfHost(host, 5001), url);
    assert.equal(urlOfHost(host, 5001, 'https'), url.replace('http:', 'https:'));
  }
});

test('a host that a URL would read as something else is refused', () => {
  const hosts = ['', ' a', 'a b', '12345', '123456789012', '0x7f', '010.0.0.1', 'a:1', 'http://a', 'a/b', 'a?b', 'a#b', 'u@a', '[a]'];
  for (const host of [...hosts, 'fe80::1%eth0', 'a\\b', '1.2.3', '[::1', '１２', 'a!b', 'a,b', 'a'.repeat(254), 'tcp://10.0.0.1:5000']) {
    assert.equal(urlOfHost(host, 5001), undefined, host);
  }
});

test('a URL of a node has a scheme, a host and a port, and nothing else', () => {
  assert.equal(nodeUrlIn('http://Master1:5000/'), 'http://master1:5000');
  assert.equal(nodeUrlIn('http://[::1]:5000'), 'http://[::1]:5000');
  assert.equal(nodeUrlIn('http://master'), 'http://master');
  assert.equal(nodeUrlIn('HTTPS://Master1:5000/'), 'https://master1:5000');
  assert.equal(nodeUrlIn('https://master:443'), nodeUrlIn('https://master'));
  assert.equal(nodeUrlIn('https://master:80'), 'https://master:80');
  const wrong = ['master:5000', 'tcp://10.0.0.1:5000', 'http://http://a:1', 'http://a:1:2', 'http://a:65536', 'http://::1:1'];
  for (const text of [
    ...wrong,
    'http://12345:1',
    'http://a:1/x',
    'http://u:p@a:1',
    'http://a:1?x',
    'http://a:',
    'http://',
    ' http://a:1',
  ]) {
    assert.equal(nodeUrlIn(text), undefined, text);
  }
});

test('a node that listens on all addresses is found by the name of its machine, or else by an address', () => {
  const addresses = ['172.20.0.3'];
  assert.equal(reachableHost('0.0.0.0', { hostname: 'c0ffee000001', addresses }), 'c0ffee000001');
  assert.equal(reachableHost('::', { hostname: 'c0ffee000001', addresses }), 'c0ffee000001');
  assert.equal(reachableHost('0.0.0.0', { hostname: '123456789012', addresses }), '172.20.0.3');
  assert.equal(reachableHost('[::0]', { hostname: 'localhost.localdomain', addresses }), '172.20.0.3');
  assert.equal(reachableHost('10.1.2.3', { hostname: 'c0ffee000001', addresses }), '10.1.2.3');
});

test('every spelling of the wildcard address is recognised', () => {
  for (const host of ['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0', '::ffff:0.0.0.0']) assert.equal(isWildcard(host), true, host);
  for (const host of ['127.0.0.1', '::1', 'localhost', 'a b', '']) assert.equal(isWildcard(host), false, host);
});

test('every accepted host can be in a member list', () => {
  for (const host of [
    'secondary1',
    'Secondary_Slow',
    '::1',
    '2001:DB8::7',
    '::ffff:10.0.0.1',
    'вузол',
    '10.0.0.7',
    `${'a'.repeat(63)}.`.repeat(3),
  ]) {
    for (const port of [80, 5001]) {
      const url = urlOfHost(host, port) ?? '';
      assert.ok(isNodeUrl(url), url);
      assert.ok(isMemberName(unclaimedId(url)), url);
    }
  }
});
