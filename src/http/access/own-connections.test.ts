import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { OwnConnections } from './own-connections.ts';

test('a connection of a node to itself is known at its other end for as long as it is open, and no other is', async () => {
  const own = new OwnConnections();
  // As a node does that listens on all addresses: what comes over IPv4 has an address in the form of IPv6.
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = async (socket: Socket): Promise<Socket> => {
    const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[Socket], unknown];
    return other;
  };
  const mine = connect(port, '127.0.0.1');
  own.add(mine);
  const itsEnd = await accepted(mine);
  const strangers = connect(port, '127.0.0.1');
  const otherEnd = await accepted(strangers);
  assert.deepEqual([own.has(itsEnd), own.has(otherEnd), own.has({})], [true, false, false]);
  mine.destroy();
  await once(mine, 'close');
  assert.equal(own.has(itsEnd), false);
  for (const socket of [strangers, itsEnd, otherEnd]) socket.destroy();
  server.close();
});

test('a connection that begins where one of the node to itself does, and leads to another of its addresses, is not its own', async () => {
  const own = new OwnConnections();
  const [server, otherServer] = [createServer().listen(0, '127.0.0.1'), createServer().listen(0, '127.0.0.1')];
  await Promise.all([once(server, 'listening'), once(otherServer, 'listening')]);
  const mine = connect((server.address() as AddressInfo).port, '127.0.0.1');
  own.add(mine);
  const [[itsEnd]] = (await Promise.all([once(server, 'connection'), once(mine, 'connect')])) as [[Socket], unknown];
  const { localAddress, localPort = 0 } = mine;
  const { port } = otherServer.address() as AddressInfo;
  // As the system reports it for one that somebody else opened from the same port, which the system allows.
  assert.equal(own.has({ localAddress, localPort: port, remoteAddress: localAddress, remotePort: localPort }), false);
  assert.equal(
    own.has({ localAddress: '127.0.0.2', localPort: itsEnd.localPort, remoteAddress: localAddress, remotePort: localPort }),
    false,
  );
  assert.equal(own.has(itsEnd), true);
  for (const socket of [mine, itsEnd]) socket.destroy();
  for (const each of [server, otherServer]) each.close();
});
