import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { waitFor } from '../../../test/support/wait.ts';
import { anyone } from '../../trust/caller.ts';
import { RemoteActivity } from './remote-activity.ts';

test('a node that tells something else than JSON, which would be taken for what another node tells, is not heard', {
  timeout: 10_000,
}, async (t) => {
  const events = ['{"at":1}', '{},"node":"other"', '{"at":2}'];
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const data of events) response.write(`event: sample\ndata: ${data}\n\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told: string[] = [];
  const ends: string[] = [];
  const activity = new RemoteActivity(
    { node: { id: 'guest', url: address, address }, from: { self: 'me' }, caller: anyone },
    { told: (_kind, data) => told.push(data), gone: ({ reason }) => ends.push(reason) },
  );
  t.after(() => {
    activity.stop();
    server.closeAllConnections();
    server.close();
  });
  activity.start();
  await waitFor('it is given up', () => Promise.resolve(ends.length > 0));
  assert.deepEqual([told, ends], [['{"at":1}'], ['it does not send events']]);
});
