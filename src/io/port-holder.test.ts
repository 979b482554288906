import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { portHolder } from './port-holder.ts';

const onlyLinux = process.platform === 'linux' ? {} : { skip: 'only Linux tells which process listens on a port' };

test('the process that listens on a port is found, with its pid and program, and a free port has none', onlyLinux, async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const holder = portHolder(port);
  assert.equal(holder?.pid, process.pid);
  assert.match(holder?.command ?? '', /^node/);
  server.close();
  await once(server, 'close');
  assert.equal(portHolder(port), undefined);
});
