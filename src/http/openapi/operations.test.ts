import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { problems } from '../../api/problems.ts';
import { version } from '../../api/version.ts';
import { ConnectionLimit } from '../limits/connection-limit.ts';
import { needs } from '../access/scopes.ts';
import { openApiDocument } from './openapi.ts';
import { operations } from './operations.ts';
import { createServer } from '../server.ts';
import type { HttpNode } from '../server.ts';

const limits = { headersTimeoutMs: 60_000, requestTimeoutMs: 120_000 };
const connectionLimits = { max: 10, perAddressMax: 10, refused: () => undefined };

test('the OpenAPI document, the table of scopes and the server have the same routes', async () => {
  const routes = new Set<string>();
  // Only the list of routes is needed and no request is made, so a node with nothing behind it will do.
  const node = { config: { bodyBytesMax: 1024, limits }, connections: new ConnectionLimit(connectionLimits) } as unknown as HttpNode;
  const app = createServer(node, pino({ level: 'silent' }), ({ method, url }) => routes.add(`${method} ${url}`));
  await app.ready();
  assert.deepEqual([...routes].toSorted(), Object.keys(operations).toSorted());
  assert.deepEqual([...routes].toSorted(), Object.keys(needs).toSorted());
  const document = (await openApiDocument()) as {
    openapi: string;
    info: { version: string };
    paths: Record<string, Record<string, unknown>>;
  };
  assert.equal(document.openapi, '3.1.0');
  assert.equal(document.info.version, version);
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  assert.deepEqual(documented.toSorted(), [...routes].toSorted());
});

test('a server takes no route of which nobody said who may use it', () => {
  const node = { config: { bodyBytesMax: 1024, limits }, connections: new ConnectionLimit(connectionLimits) } as unknown as HttpNode;
  const app = createServer(node, pino({ level: 'silent' }));
  assert.throws(() => app.get('/unheard-of', () => 'anything'), /GET \/unheard-of has no scope/);
  assert.throws(() => app.put('/messages', () => 'anything'), /PUT \/messages has no scope/);
});

test('the OpenAPI document says which scope each operation needs, and which need none', async () => {
  const document = (await openApiDocument()) as {
    components: { securitySchemes: Record<string, { scheme: string }> };
    paths: Record<string, Record<string, { security: unknown }>>;
  };
  assert.equal(document.components.securitySchemes['token']?.scheme, 'bearer');
  const securityOf = (method: string, path: string): unknown => document.paths[path]?.[method]?.security;
  assert.deepEqual(securityOf('post', '/messages'), [{ token: ['append'] }]);
  assert.deepEqual(securityOf('delete', '/secondaries/{id}'), [{ token: ['admin'] }]);
  assert.deepEqual(securityOf('get', '/leader'), [{ token: [] }]);
  assert.deepEqual(securityOf('get', '/health'), [{}, { token: [] }]);
  assert.deepEqual(securityOf('get', '/openapi.json'), []);
});

test('every problem code is documented in the answers of some route', () => {
  const said = JSON.stringify(operations);
  for (const code of Object.keys(problems)) assert.ok(said.includes(`\`${code}\``), code);
});
