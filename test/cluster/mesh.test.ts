import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { nodeHeader } from '../../src/api/headers.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { Mesh } from './mesh.ts';

const ids = ['a', 'b', 'c'];

/** Three servers that send back everything they receive, and the links between them. */
async function threeEchoes(): Promise<{ readonly mesh: Mesh; readonly heard: Map<string, string> } & AsyncDisposable> {
  const heard = new Map<string, string>();
  const servers = ids.map((id) =>
    createServer((socket) => {
      socket.on('data', (bytes: Buffer) => {
        heard.set(id, (heard.get(id) ?? '') + bytes.toString('utf8'));
        socket.write(bytes);
      });
      socket.on('error', () => undefined);
    }),
  );
  const places: { readonly id: string; readonly port: number }[] = [];
  for (const [index, id] of ids.entries()) {
    const port = await freePort();
    servers[index]?.listen(port, '127.0.0.1');
    places.push({ id, port });
  }
  const mesh = await Mesh.open(places);
  return {
    mesh,
    heard,
    [Symbol.asyncDispose]: async () => {
      await mesh[Symbol.asyncDispose]();
      for (const server of servers) server.close();
    },
  };
}

async function call(mesh: Mesh, from: string, to: string): Promise<{ readonly socket: Socket; readonly heard: () => string }> {
  let heard = '';
  const socket = connect(Number(new URL(mesh.urlOf(to)).port), '127.0.0.1');
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('utf8')));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET / HTTP/1.1\r\n${nodeHeader}: ${from}\r\n\r\n`);
  return { socket, heard: () => heard };
}

test('what one node sends another can be held, whichever of them dialled, while everything else arrives', async () => {
  await using echoes = await threeEchoes();
  const { mesh, heard } = echoes;
  const [fromA, fromB, other] = [await call(mesh, 'a', 'b'), await call(mesh, 'b', 'a'), await call(mesh, 'a', 'c')];
  for (const { heard: answer } of [fromA, fromB, other]) await waitFor('each hears its own words', () => answer() !== '');
  const heal = mesh.cutOneWay('a', 'b');
  fromA.socket.write('from a');
  fromB.socket.write('from b');
  other.socket.write('to c');
  await waitFor('c answers a', () => other.heard().endsWith('to c'));
  await waitFor('a hears b', () => heard.get('a')?.endsWith('from b') === true);
  assert.ok(!heard.get('b')?.includes('from a'), 'b hears nothing of a');
  assert.ok(!fromB.heard().includes('from b'), 'nor what a answers');
  heal();
  await waitFor('b hears it', () => heard.get('b')?.endsWith('from a') === true);
  await waitFor('and what a answered', () => fromB.heard().endsWith('from b'));
  for (const { socket } of [fromA, fromB, other]) socket.destroy();
});

test('a node that is cut off hears no other and is heard by none, and the others hear each other', async () => {
  await using echoes = await threeEchoes();
  const { mesh, heard } = echoes;
  const heal = mesh.cut('a', 'both');
  const [fromA, toA, other] = [await call(mesh, 'a', 'b'), await call(mesh, 'c', 'a'), await call(mesh, 'b', 'c')];
  await waitFor('c answers b', () => other.heard() !== '');
  assert.deepEqual([heard.get('a'), heard.get('b'), fromA.heard(), toA.heard()], [undefined, undefined, '', '']);
  heal();
  await waitFor('b answers a', () => fromA.heard() !== '');
  await waitFor('a answers c', () => toA.heard() !== '');
  for (const { socket } of [fromA, toA, other]) socket.destroy();
});
