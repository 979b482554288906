import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { checkSite } from './cross-site.ts';
import type { HostNames } from './cross-site.ts';

const names: HostNames = {
  allowed: ['log.example.com'],
  origins: ['https://app.example.com'],
  isAnyServed: false,
  known: () => ['secondary1.log_network'],
};

/** @returns the code of the refusal */
function refusalOf(method: string, headers: Readonly<Record<string, string>>, by: HostNames = names): string | undefined {
  try {
    checkSite({ method, headers }, by);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof LogError);
    return error.code;
  }
}

test('a program may use any host name', () => {
  for (const host of ['127.0.0.1:5000', 'master:5000', 'log.somewhere.example', 'rlog.default.svc.cluster.local']) {
    for (const method of ['GET', 'POST', 'DELETE']) assert.equal(refusalOf(method, { host, 'user-agent': 'curl/8.0' }), undefined, host);
    // The headers that `fetch` in Node sends.
    assert.equal(refusalOf('POST', { host, 'user-agent': 'node', 'sec-fetch-mode': 'cors', 'accept-language': '*' }), undefined);
  }
  assert.equal(refusalOf('POST', {}), undefined);
});

test('a page may call the host that it came from, whatever proxy is in front of it', () => {
  for (const [origin, host] of [
    ['http://localhost:5000', 'localhost:5000'],
    ['http://10.0.0.5:5000', '10.0.0.5:5000'],
    ['http://[::1]:5000', '[::1]:5000'],
    ['http://master', 'master'],
    ['http://master', 'master:80'],
    ['https://secondary1.log_network', 'Secondary1.log_network'],
    ['https://log.example.com', 'log.example.com'],
    // A proxy that calls the node by its address.
    ['https://log.example.com', '127.0.0.1:5000'],
  ] as const) {
    for (const site of ['same-origin', 'same-site']) {
      assert.equal(refusalOf('POST', { host, origin, 'sec-fetch-site': site }), undefined, `${origin} ${host}`);
    }
    assert.equal(refusalOf('DELETE', { host, origin }), undefined);
  }
});

test('a page of another site may neither write nor read', () => {
  for (const origin of [
    'http://evil.example',
    'null',
    'http://127.0.0.1:1',
    'http://127.0.0.1',
    'https://127.0.0.1:5001',
    'file://',
    'x',
  ]) {
    for (const method of ['POST', 'DELETE', 'GET', 'HEAD'])
      assert.equal(refusalOf(method, { host: '127.0.0.1:5000', origin }), 'cross-site');
  }
  const host = 'localhost:5000';
  for (const site of ['cross-site', 'same-site']) {
    assert.equal(refusalOf('GET', { host, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }), 'cross-site');
    assert.equal(
      refusalOf('GET', { host, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }),
      'cross-site',
    );
    assert.equal(
      refusalOf('POST', { host, 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }),
      'cross-site',
    );
  }
});

test('a link from another site may be followed', () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.equal(refusalOf('GET', { host: 'localhost:5000', ...link, 'user-agent': 'Mozilla/5.0' }), undefined);
});

test('a browser may not use a name that is not known here, as in DNS rebinding', () => {
  for (const host of [
    'evil.example',
    'evil.example:5000',
    '127.0.0.1.evil.example',
    'master.evil.example',
    'a b',
    'localhost.evil.example',
  ]) {
    assert.equal(refusalOf('POST', { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }), 'foreign-host', host);
    assert.equal(refusalOf('GET', { host, 'sec-fetch-site': 'same-origin' }), 'foreign-host', host);
    // When it reads from a site without TLS, a browser sends only this.
    assert.equal(refusalOf('GET', { host, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' }), 'foreign-host', host);
  }
});

test('a page that reads cannot pass for a program by a name of its own', () => {
  const host = 'evil.example';
  // A page may set both, but leave out neither.
  for (const language of ['en-US,en;q=0.5', '*', '']) {
    for (const method of ['GET', 'HEAD'])
      assert.equal(refusalOf(method, { host, 'user-agent': 'curl/8.0', 'accept-language': language }), 'foreign-host', language);
  }
  // `fetch` in Node, which no page can imitate.
  assert.equal(refusalOf('GET', { host, 'user-agent': 'node', 'sec-fetch-mode': 'cors', 'accept-language': '*' }), undefined);
});

test('a page whose origin is allowed may call this node, and one that only resembles it may not', () => {
  const host = 'localhost:5000';
  assert.equal(refusalOf('POST', { host, origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }), undefined);
  for (const origin of ['http://app.example.com', 'https://app.example.com:8443', 'https://app.example.com.evil.example'])
    assert.equal(refusalOf('POST', { host, origin }), 'cross-site', origin);
  // A subresource without an origin could be of any page.
  assert.equal(refusalOf('GET', { host, 'sec-fetch-site': 'cross-site' }), 'cross-site');
  assert.equal(refusalOf('POST', { host: 'evil.example', origin: 'https://app.example.com' }), 'foreign-host');
});

test('where clients show tokens any name may be used, and pages of other sites are refused all the same', () => {
  const withTokens = { ...names, isAnyServed: true };
  const host = 'log.somewhere.example';
  assert.equal(refusalOf('POST', { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }, withTokens), undefined);
  assert.equal(refusalOf('POST', { host, origin: 'http://evil.example' }, withTokens), 'cross-site');
  assert.equal(refusalOf('GET', { host, 'sec-fetch-site': 'cross-site' }, withTokens), 'cross-site');
});
