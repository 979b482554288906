import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort, freePortRow } from './ports.ts';

test('ports that are given out are free, and a port is not given out again before all others were', async () => {
  const ports = [];
  for (let n = 0; n < 40; n += 1) ports.push(await freePort());
  assert.equal(new Set(ports).size, 40);
  const first = await freePortRow(3);
  for (const port of [first, first + 1, first + 2]) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a process holds a port of its range, so that another process takes another range', async () => {
  const port = await freePort();
  // The process that has the range listens on its last port.
  const guard = port - (port % 50) + 49;
  const server = createServer();
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve).listen(guard, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
  assert.equal(error?.code, 'EADDRINUSE');
});
