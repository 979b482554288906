/** A node that is told to stop stops soon, and every waiting client gets a true answer. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { isReady, startThree } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test('on SIGTERM a node answers waiting appends, flushes and exits with 0', async () => {
  const { cluster, master, s1 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  // The first answer of a kind is checked slowly, and from SIGTERM on there are two seconds for all that follows.
  assert.equal((await append(master, 'before', { w: 2 })).status, 201);
  const waiting = append(master, 'waits for the delayed one', { w: 3 });
  await waitFor('it is stored', async () => (await healthOf(s1)).ends.durableEnd === 2);
  // What goes wrong before it is answered says more than that it was cut off at the end of the test.
  waiting.catch(() => undefined);
  const ended = master.stop();
  // Until then it takes appends: its readers are told first.
  await waitFor('it takes no more', async () => (await ask(master, '/ready')).json['code'] === 'shutting-down');
  const paths = ['/messages', '/activity'];
  const [late, ...streams] = await Promise.all([
    append(master, 'too late', { w: 1 }),
    ...paths.map((path) => EventStream.openAt(`${master.url}${path}`)),
  ]);
  assert.deepEqual([late.status, late.json['code'], late.json['outcome']], [503, 'shutting-down', 'rejected']);
  // An `EventSource` tries again only if the answer is a stream.
  for (const [index, each] of streams.entries()) {
    using stream = each;
    const path = paths[index];
    assert.equal(stream.status, 200, path);
    const problem = await stream.ends();
    assert.deepEqual([problem['code'], problem['retryable']], ['shutting-down', true], path);
    assert.match(stream.text, /^retry: \d{4}$/m);
  }
  const answer = await waiting;
  assert.equal(answer.status, 503);
  assert.equal(answer.json['code'], 'stopped-while-waiting');
  assert.equal(answer.json['outcome'], 'unknown');
  assert.deepEqual([answer.json['offset'], answer.json['acks'], answer.json['waitingFor']], [1, 2, ['s2']]);
  assert.deepEqual(await ended, { code: 0, signal: null });
  await master.start();
  await isReady(master);
  assert.deepEqual(await messagesOf(master), ['before', 'waits for the delayed one']);
});

test(
  'appends that complete within two seconds are answered, also when a terminal is closed, which sends SIGHUP twice',
  onlyLong,
  async () => {
    const { cluster, master } = await startThree({ delays: ['0', '0.5'] });
    await using _ = cluster;
    const waiting = append(master, 'just in time', { w: 3 });
    await waitFor('it is stored', async () => (await healthOf(master)).ends.durableEnd === 1);
    // By default Node would open a port for debuggers.
    master.signal('SIGUSR1');
    for (const signal of ['SIGHUP', 'SIGHUP'] as const) master.signal(signal);
    assert.equal((await waiting).status, 201);
    assert.deepEqual(await master.exited(), { code: 0, signal: null });
    assert.doesNotMatch(master.output, /Debugger listening/);
  },
);

test('a second SIGTERM ends the node at once', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  const waiting = append(master, 'waits', { w: 3 }).catch(() => 'broken off');
  await waitFor('it is stored', async () => (await healthOf(s1)).ends.durableEnd === 1);
  master.signal('SIGTERM');
  await waitFor('it is ending', () => master.events('node.stopping').length === 1);
  const begunAt = performance.now();
  assert.equal((await master.stop()).code, 143);
  assert.ok(performance.now() - begunAt < 1000);
  assert.equal(await waiting, 'broken off');
});

test('a request that is completed only while its node stops is refused with a problem document', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  const waiting = append(master, 'waits', { w: 3 });
  await waitFor('it is stored', async () => (await healthOf(s1)).ends.durableEnd === 1);
  // A connection with half a request is not idle: it stays open while the node ends.
  const socket = connect(master.spec.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const body = '{"message":"late","w":1}';
  socket.write(`POST /messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`);
  const ended = master.stop();
  await waiting;
  await waitFor('the node accepts no connections', () =>
    fetch(master.url).then(
      () => false,
      () => true,
    ),
  );
  socket.write(`\r\n${body}`);
  await once(socket, 'close');
  assert.equal((await ended).code, 0);
  assert.match(text, /^HTTP\/1.1 503 [^]*content-type: application\/problem\+json[^]*"code":"shutting-down"/i);
});
