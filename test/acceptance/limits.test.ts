/** What one caller can use up of a node, and what others notice of it. */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { append, ask } from '../support/api.ts';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { inOwnNetwork } from '../support/own-network.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const greedy = '10.55.0.5';
const other = '10.55.0.6';
const perAddressMax = 20;

inOwnNetwork({ name: 'in a network with several addresses', addresses: [greedy, other], file: import.meta.url }, inside);

interface Caller {
  readonly socket: Socket;
  heard: string;
}

function inside(): void {
  const cluster = new TestCluster();
  let node: TestNode;

  before(async () => {
    const env = { HOST: '::', CONNECTIONS_PER_ADDRESS_MAX: String(perAddressMax) };
    node = cluster.add({ kind: 'master', port: await freePort(), env, args: ['--memory'] });
    await node.start();
    await isReady(node);
  });
  after(() => cluster[Symbol.asyncDispose]());

  function dial(localAddress: string): Promise<Caller> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: node.spec.port, host: '127.0.0.1', localAddress });
      const caller: Caller = { socket, heard: '' };
      socket.on('data', (chunk: Buffer) => (caller.heard += chunk.toString('latin1')));
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject).on('error', () => undefined);
        resolve(caller);
      });
    });
  }

  function statusFrom(localAddress: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: node.spec.port, localAddress, path: '/messages', agent: false };
      const call = request(options, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode));
      });
      call.once('error', reject);
      call.end();
    });
  }

  const refused = async (limit: string): Promise<number> => {
    const { text } = await ask(node, '/metrics');
    return Number(new RegExp(`^rlog_refused_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  };

  test('one address has only so many connections: the surplus is refused, and others notice nothing', async () => {
    const waiting: Caller[] = [];
    for (let n = 0; n < perAddressMax; n += 1) {
      const caller = await dial(greedy);
      caller.socket.write('GET /messages?from=1000&wait=60 HTTP/1.1\r\nhost: x\r\n\r\n');
      waiting.push(caller);
    }
    await waitFor('all of them wait', async () => {
      const { text } = await ask(node, '/metrics');
      return text.includes(`rlog_reads_waiting ${perAddressMax}\n`) && text.includes(`rlog_connections_of_one_address ${perAddressMax}\n`);
    });
    const surplus: Caller[] = [];
    for (let n = 0; n < 40; n += 1) {
      const caller = await dial(greedy);
      caller.socket.write('GET /messages HTTP/1.1\r\nhost: x\r\n\r\n');
      surplus.push(caller);
    }
    await waitFor('all of the surplus is closed', () => surplus.every(({ socket }) => socket.closed));
    const told = surplus.filter(({ heard }) => heard !== '');
    assert.ok(told.length > 0);
    for (const { heard } of told) assert.match(heard, /^HTTP\/1.1 429 [^]*retry-after: 5[^]*"too-many-connections"/);
    assert.equal(await refused('CONNECTIONS_PER_ADDRESS_MAX'), 40);
    // A line a minute, however many there are.
    const lines = node.events('limit.reached');
    assert.deepEqual(
      lines.map(({ limit, max, address }) => ({ limit, max, address })),
      [{ limit: 'CONNECTIONS_PER_ADDRESS_MAX', max: perAddressMax, address: greedy }],
    );
    assert.ok(waiting.every(({ socket, heard }) => !socket.closed && heard === ''));
    assert.equal(await statusFrom(other), 200);
    assert.equal((await append(node, 'from this machine')).status, 201);
    for (const { socket } of waiting) socket.destroy();
    await waitFor('there is room for that address again', async () => {
      try {
        return (await statusFrom(greedy)) === 200;
      } catch {
        return false;
      }
    });
  });
}
