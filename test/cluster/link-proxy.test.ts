import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { LinkProxy } from '../../src/lab/link-proxy.ts';
import type { CallerOf } from '../../src/lab/link-proxy.ts';

/** A server at the other end of a link that sends everything back. */
async function echo(callerOf?: CallerOf): Promise<{ readonly link: LinkProxy; readonly heard: () => string } & AsyncDisposable> {
  let heard = '';
  const targetPort = await freePort();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('utf8');
      socket.write(bytes);
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
  });
  server.listen(targetPort, '127.0.0.1');
  await once(server, 'listening');
  const link = await LinkProxy.open({ port: await freePort(), targetPort }, callerOf);
  return {
    link,
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      await link[Symbol.asyncDispose]();
      server.close();
    },
  };
}

async function dial(link: LinkProxy): Promise<{ readonly socket: Socket; readonly heard: () => string }> {
  let heard = '';
  const socket = connect(Number(new URL(link.url).port), '127.0.0.1');
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('utf8')));
  await once(socket, 'connect');
  return { socket, heard: () => heard };
}

test('a link that is held in one direction delivers in the other, and everything in order once it is healed', async () => {
  await using target = await echo();
  const caller = await dial(target.link);
  caller.socket.write('1');
  await waitFor('an answer', () => caller.heard() === '1');
  target.link.hold(['back']);
  caller.socket.write('2');
  await waitFor('it is heard there', () => target.heard() === '12');
  target.link.hold(['there']);
  caller.socket.write('3');
  caller.socket.end('4');
  assert.equal(caller.heard(), '1');
  target.link.heal();
  await once(caller.socket, 'close');
  assert.equal(target.heard(), '1234');
  assert.equal(caller.heard(), '1234');
});

test('a slow link delays both directions', async () => {
  await using target = await echo();
  target.link.slow(50);
  const caller = await dial(target.link);
  const begunAt = performance.now();
  caller.socket.write('1');
  await waitFor('an answer', () => caller.heard() === '1');
  assert.ok(performance.now() - begunAt >= 99, 'there and back');
  caller.socket.destroy();
});

test('a reset breaks the open connections, and new ones can be made', async () => {
  await using target = await echo();
  const caller = await dial(target.link);
  caller.socket.write('1');
  await waitFor('an answer', () => caller.heard() === '1');
  const broken = once(caller.socket, 'error');
  target.link.reset();
  const [error] = (await broken) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
  const next = await dial(target.link);
  next.socket.write('2');
  await waitFor('an answer', () => next.heard() === '2');
  next.socket.destroy();
});

test('the connections of one caller are held, and those of others are not, once their heads say who is calling', async () => {
  await using target = await echo((head) => /^name: (\w+)$/m.exec(head)?.[1]);
  const [held, other] = [await dial(target.link), await dial(target.link)];
  const release = target.link.hold(['there', 'back'], 'a');
  held.socket.write('GET / HTTP/1.1\r\nname: a\r\n\r\n');
  other.socket.write('GET / HTTP/1.1\r\nna');
  other.socket.write('me: b\r\n\r\n');
  await waitFor('an answer for the other one', () => other.heard().endsWith('name: b\r\n\r\n'));
  assert.equal(held.heard(), '');
  assert.ok(!target.heard().includes('name: a'));
  release();
  await waitFor('an answer for the one that was held', () => held.heard().endsWith('name: a\r\n\r\n'));
  for (const { socket } of [held, other]) socket.destroy();
});

test('a caller is reset if nothing listens, once it has said who it is, and not left to wait', { timeout: 10_000 }, async () => {
  const targetPort = await freePort();
  await using link = await LinkProxy.open({ port: await freePort(), targetPort }, (head) => /^from: (.*)$/m.exec(head)?.[1]);
  const caller = connect(Number(new URL(link.url).port), '127.0.0.1');
  await once(caller, 'connect');
  // The refusal arrives before the caller has said who it is: others have had theirs by now.
  for (let others = 0; others < 3; others += 1) await once(connect(targetPort, '127.0.0.1'), 'error');
  const ended = once(caller, 'error');
  caller.write('GET / HTTP/1.1\r\nfrom: n1\r\n\r\n');
  const [error] = (await ended) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');

  const release = link.hold(['there', 'back'], 'n2');
  const held = connect(Number(new URL(link.url).port), '127.0.0.1');
  await once(held, 'connect');
  let isEnded = false;
  held.on('error', () => (isEnded = true));
  held.write('GET / HTTP/1.1\r\nfrom: n2\r\n\r\n');
  const other = connect(Number(new URL(link.url).port), '127.0.0.1');
  other.write('GET / HTTP/1.1\r\nfrom: n3\r\n\r\n');
  await once(other, 'error');
  assert.equal(isEnded, false, 'over a cut link the caller does not learn that nothing listens');
  release();
  await waitFor('the caller is reset', () => isEnded);
});
