import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { PendingResponses } from './pending-responses.ts';
import { Pipelines, underWayMax } from './pipelines.ts';

async function until(what: string, isMet: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !isMet(); ) {
    assert.ok(performance.now() < deadline, what);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('sixteen requests of a connection are in progress, the rest is not even read, and all are answered in order', async (context) => {
  const answers = new PendingResponses();
  const underWay: { readonly url: string; readonly response: ServerResponse }[] = [];
  let most = 0;
  const pipelines = new Pipelines(answers, (request, response) => {
    answers.watch(request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      assert.equal(Buffer.concat(chunks).toString(), `body of ${request.url}`);
      underWay.push({ url: request.url ?? '', response });
      most = Math.max(most, underWay.length);
    });
  });
  const server = createServer((request, response) => pipelines.take(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  let readBytes = (): number => 0;
  server.once('connection', (socket) => (readBytes = () => socket.bytesRead));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  context.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  let heard = '';
  client.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
  const count = 5000;
  const all = Array.from({ length: count }, (_unused, n) => {
    const body = `body of /${n}`;
    return `POST /${n} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  }).join('');
  client.write(all);
  await until('sixteen are under way', () => underWay.length === underWayMax);
  // A few turns of the event loop: nothing more happens.
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(underWay.length, underWayMax);
  assert.ok(readBytes() <= 3 * 64 * 1024, `${readBytes()} of ${all.length} bytes are read`);
  const finished = new Set<string>();
  await until('all are answered', () => {
    for (const { url, response } of underWay.splice(0)) {
      finished.add(url);
      response.end('yes');
    }
    return finished.size === count;
  });
  await until('all answers arrive', () => heard.split('HTTP/1.1 200').length - 1 === count);
  assert.equal(most, underWayMax);
});

test('when a client disconnects, its queued requests are dropped', async (context) => {
  const answers = new PendingResponses();
  let waiting = 0;
  const pipelines = new Pipelines(answers, (request, response) => {
    answers.watch(request, response);
    waiting += 1;
    response.once('close', () => (waiting -= 1));
  });
  const server = createServer((request, response) => pipelines.take(request, response)).listen(0, '127.0.0.1');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(5000));
  await until('sixteen wait', () => waiting === underWayMax);
  client.destroy();
  await until('none waits', () => waiting === 0);
});
