/** The event stream of all nodes, with fake nodes that have nothing but their activity. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import fastify from 'fastify';
import { EventStream } from '../support/events.ts';
import { waitFor } from '../support/wait.ts';
import { openAccess } from '../../src/http/access/access.ts';
import type { ListedNode, NodeDirectory } from '../../src/http/nodes/node-directory.ts';
import { nodesRoutes } from '../../src/http/nodes/routes.ts';

interface ToldNode extends AsyncDisposable {
  readonly listed: ListedNode;
  readonly askers: ServerResponse[];
  say(event: 'frame' | 'sample', data: object): void;
}

/** A fake node that has nothing but its activity. */
async function toldNode(id: string, port = 0): Promise<ToldNode> {
  const askers: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    // Like a node's answer: the body ends with its connection.
    response.removeHeader('transfer-encoding');
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    response.flushHeaders();
    askers.push(response);
    response.once('close', () => askers.splice(askers.indexOf(response), 1));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    listed: { id, url, address: url },
    askers,
    say: (event, data) => {
      for (const asker of askers) asker.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(list: () => readonly ListedNode[]): Promise<{ readonly url: string } & AsyncDisposable> {
  const app = fastify();
  const directory: NodeDirectory = { self: null, hasLab: false, isComplete: () => true, list };
  nodesRoutes(app, { directory, access: openAccess });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url, [Symbol.asyncDispose]: () => app.close() };
}

/** The events without the `beat` of every second. */
function eventsOf(stream: EventStream): EventStream['events'] {
  return stream.events.filter(({ event }) => event !== 'beat');
}

function said(stream: EventStream): [string, unknown][] {
  return eventsOf(stream).map(({ event, data }) => [event, data]);
}

test('the activity of all nodes comes in one stream, after the list of the nodes', async () => {
  await using one = await toldNode('one');
  await using two = await toldNode('two');
  await using server = await serve(() => [one.listed, two.listed]);
  using stream = await EventStream.openAt(`${server.url}/activities`);
  await waitFor('both are listened to', () => one.askers.length === 1 && two.askers.length === 1);
  one.say('frame', { at: 1, moments: [] });
  await waitFor('it is passed on', () => eventsOf(stream).length === 2);
  two.say('sample', { at: 2 });
  await waitFor('that too', () => eventsOf(stream).length === 3);
  const nodes = [one, two].map(({ listed: { id, url } }) => ({ id, url }));
  assert.deepEqual(said(stream), [
    ['nodes', { self: null, hasLab: false, nodes }],
    ['frame', { node: 'one', frame: { at: 1, moments: [] } }],
    ['sample', { node: 'two', sample: { at: 2 } }],
  ]);
  stream.close();
  await waitFor('the server listens to neither node any longer', () => one.askers.length === 0 && two.askers.length === 0);
});

test('there is a beat every second, so that a client that hears nothing knows that its connection is dead', async () => {
  await using server = await serve(() => []);
  using stream = await EventStream.openAt(`${server.url}/activities`);
  await waitFor('there were two beats', () => stream.events.filter(({ event }) => event === 'beat').length >= 2);
});

test('a node that ends is reported as gone once, and its activity comes again when it is back', async () => {
  const gone = await toldNode('one');
  await using server = await serve(() => [gone.listed]);
  using stream = await EventStream.openAt(`${server.url}/activities`);
  await waitFor('it is listened to', () => gone.askers.length === 1);
  gone.say('frame', { at: 1 });
  await waitFor('it spoke', () => eventsOf(stream).length === 2);
  await gone[Symbol.asyncDispose]();
  await waitFor('it is gone', () => eventsOf(stream).length === 3);
  await using back = await toldNode('one', Number(new URL(gone.listed.url).port));
  await waitFor('it is listened to again', () => back.askers.length === 1);
  back.say('frame', { at: 2 });
  await waitFor('it speaks', () => eventsOf(stream).length === 4);
  assert.deepEqual(
    said(stream).map(([event, data]) => [event, (data as { node?: string }).node]),
    [
      ['nodes', undefined],
      ['frame', 'one'],
      ['gone', 'one'],
      ['frame', 'one'],
    ],
  );
});

test('a node that answers and then sends nothing is reported as gone and silent; if it ends, that is reported, too', async () => {
  const silent = await toldNode('one');
  await using server = await serve(() => [silent.listed]);
  using stream = await EventStream.openAt(`${server.url}/activities`);
  await waitFor('it is reported', () => eventsOf(stream).length === 2);
  assert.deepEqual(said(stream)[1], ['gone', { node: 'one', reason: 'nothing was heard from it for 2500 ms', isSilent: true }]);
  await silent[Symbol.asyncDispose]();
  await waitFor('it is reported as gone', () => eventsOf(stream).length === 3);
  assert.deepEqual([said(stream)[2]?.[0], Object.keys(eventsOf(stream)[2]?.data ?? {})], ['gone', ['node', 'reason']]);
});

test('a reader that does not read misses frames, and gets the newest health when it reads again', async () => {
  await using node = await toldNode('one');
  await using server = await serve(() => [node.listed]);
  using stream = await EventStream.openAt(`${server.url}/activities`);
  await waitFor('it is listened to', () => node.askers.length === 1);
  stream.pause();
  const filler = 'x'.repeat(64 * 1024);
  const count = 400;
  for (let n = 1; n <= count; n += 1) node.say('frame', { at: n, filler, ...(n % 100 === 0 ? { health: { n } } : {}) });
  await waitFor('everything has been sent', () => node.askers[0]?.writableLength === 0);
  stream.resume();
  const frames = (): { at: number; health?: { n: number } }[] =>
    stream.events.filter(({ event }) => event === 'frame').map(({ data }) => data['frame'] as { at: number; health?: { n: number } });
  await waitFor('the newest health is heard', () => frames().at(-1)?.health?.n === count);
  assert.ok(frames().length < count, 'not every frame was kept for the reader');
});
