/** How the page is served: from a folder made by the test, so that nothing has to be built. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { Page } from '../../src/http/page/page.ts';
import { assetRoutes, sendPage } from '../../src/http/page/routes.ts';
import { ask } from '../support/api.ts';
import { TestCluster } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const folder = mkdtempSync(join(tmpdir(), 'rlog-page-'));
const script = `console.log(${JSON.stringify('x'.repeat(5000))})`;

after(() => rmSync(folder, { recursive: true, force: true }));

function serve(): FastifyInstance {
  const page = new Page(folder);
  const app = fastify();
  assetRoutes(app, page);
  app.get('/', (request, reply) => sendPage({ page }, request, reply));
  return app;
}

function build(): void {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>built</title>');
  writeFileSync(join(folder, 'assets', 'index-abc.js'), script);
  writeFileSync(join(folder, 'secret.txt'), 'none of it');
}

test('before the build a page says how to build it, and then the built page is served', async () => {
  const app = serve();
  const before = await app.inject({ url: '/', headers: browser });
  assert.equal(before.statusCode, 200);
  assert.match(before.body, /npm run build:dashboard/);
  build();
  const built = await app.inject({ url: '/', headers: browser });
  assert.equal(built.body, '<!doctype html><title>built</title>');
  for (const { headers } of [before, built]) {
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
    assert.doesNotMatch(policy, /unsafe|https?:|\*|data:/);
    assert.match(policy, /; frame-ancestors 'none'; /);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-cache');
  }
});

test('its content security policy lets it connect to the other nodes, and to nothing else', async () => {
  build();
  const app = fastify();
  const others = [
    'http://s1:5001/under/a/path',
    'http://10.0.0.2:5002',
    'http://[::1]:5003',
    'javascript:alert(1)',
    "http://a'; script-src *",
  ];
  app.get('/', (request, reply) => sendPage({ page: new Page(folder), others }, request, reply));
  const { headers } = await app.inject({ url: '/', headers: browser });
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /; connect-src 'self' http:\/\/s1:5001 http:\/\/10\.0\.0\.2:5002; /);
  assert.doesNotMatch(policy, /script-src (?!'self';)|alert|::1/);
});

test('its files can be cached for ever, and are sent in an encoding that the client accepts', async () => {
  build();
  const app = serve();
  const get = (encoding: string) => app.inject({ url: '/assets/index-abc.js', headers: { 'accept-encoding': encoding } });
  const plain = await get('identity');
  assert.deepEqual([plain.body, plain.headers['content-encoding']], [script, undefined]);
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
  const brotli = await get('gzip, deflate, br');
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.equal(brotliDecompressSync(brotli.rawPayload).toString(), script);
  const zipped = await get('gzip, br;q=0');
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(zipped.rawPayload).toString(), script);
});

test('no file name leads out of its folder', async () => {
  build();
  const app = serve();
  for (const name of ['..%2Fsecret.txt', '%2e%2e%2fsecret.txt', 'other.js', '..%5Csecret.txt', 'index-abc.js%00']) {
    const { statusCode, body } = await app.inject({ url: `/assets/${name}` });
    assert.ok(statusCode >= 400 && !body.includes('none of it'), `${name}: ${statusCode}`);
  }
});

test('a node serves the page to browsers, and messages to all other clients', async () => {
  await using cluster = new TestCluster();
  const node = await cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'] }).start();
  const page = await ask(node, '/', { headers: browser });
  assert.match(page.text, /<title>Replicated Log/);
  for (const accept of ['*/*', 'application/json'])
    assert.deepEqual((await ask(node, '/', { headers: { accept } })).json, { messages: [] });
  assert.equal((await ask(node, '/messages', { headers: browser })).status, 200);
  const missing = await ask(node, '/assets/none.js');
  assert.deepEqual([missing.status, missing.json['code']], [404, 'not-found']);
});
