import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { checkSite } from './cross-site.ts';
import type { HostNames } from './cross-site.ts';

const names: HostNames = { allowed: ['log.example.com'], known: () => ['secondary1.log_network'] };

/** @returns the code of the refusal */
function refusalOf(method: string, headers: Readonly<Record<string, string>>): string | undefined {
  try {
    checkSite({ method, headers }, names);
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
