/** A node that stops under load, seen from both ends of each connection: what it read of the requests that it did not answer. */

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { startOwnNode } from '../support/own-node.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const rounds = process.env['LONG_TESTS'] === 'true' ? 100 : 8;
const clientCount = 32;
const acceptedChannel = 'net.server.socket';
const body = '{"message":"under load"}';
const answerEnd = /\r\n\r\n[^\n]*\n/g;

interface Load {
  /** Of each connection that the node closed before it answered: its port here, and how many bytes were answered. */
  readonly hangUps: { readonly port: number; readonly answeredBytes: number }[];
  readonly counts: { answered: number; last: number };
}

/** Asks again and again, on one connection for as long as it may. Resolves when nobody listens any more. */
async function ask(port: number, more: string, { hangUps, counts }: Load): Promise<void> {
  const request = `POST /messages HTTP/1.1\r\nhost: x\r\n${more}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  for (let isServed = true; isServed; ) {
    isServed = await new Promise<boolean>((resolve) => {
      let heard = '';
      let answeredBytes = 0;
      let isDue = false;
      let own = 0;
      const say = (): void => {
        isDue = true;
        socket.write(request);
      };
      const socket = connect(port, '127.0.0.1', () => {
        own = socket.localPort ?? 0;
        say();
      });
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        heard += bytes.toString('latin1');
        if (!heard.endsWith('\n') || heard.search(answerEnd) === -1) return;
        isDue = false;
        answeredBytes += request.length;
        counts.answered += 1;
        const isLast = /\r\nconnection: close\r\n/i.test(heard);
        heard = '';
        if (!isLast) return say();
        counts.last += 1;
        socket.end();
      });
      socket.once('close', () => {
        if (isDue) hangUps.push({ port: own, answeredBytes });
        resolve(own !== 0);
      });
    });
  }
}

test('a node that stops under load hangs up on no request of which it has read anything', onlyLong, async (t) => {
  let answered = 0;
  let last = 0;
  let early = 0;
  for (let round = 0; round < rounds; round += 1) {
    const node = await startOwnNode();
    const accepted = new Map<number, Socket>();
    const seen = (message: unknown): void => {
      const { socket } = message as { readonly socket: Socket };
      if (socket.localPort === node.port && socket.remotePort !== undefined) accepted.set(socket.remotePort, socket);
    };
    subscribe(acceptedChannel, seen);
    const load: Load = { hangUps: [], counts: { answered: 0, last: 0 } };
    const clients = Array.from({ length: clientCount }, (_unused, n) => ask(node.port, n % 4 === 0 ? 'x-not-plain: 1\r\n' : '', load));
    await waitFor('it is under load', () => load.counts.answered > clientCount * 5 + round * 7);
    await node.stop();
    await Promise.all(clients);
    unsubscribe(acceptedChannel, seen);
    for (const { port, answeredBytes } of load.hangUps) {
      assert.equal(answeredBytes, 0, `round ${round}: a connection was closed while its next request was on its way`);
      const readBytes = accepted.get(port)?.bytesRead ?? 0;
      assert.ok(readBytes <= answeredBytes, `round ${round}: ${readBytes} bytes were read, and requests of ${answeredBytes} answered`);
    }
    answered += load.counts.answered;
    last += load.counts.last;
    early += load.hangUps.length;
  }
  assert.ok(last >= rounds * clientCount, `${last} of ${answered} answers were the last of their connection`);
  t.diagnostic(`${answered} answers, ${last} last ones; ${early} connections were closed before anything of a request was read`);
});
