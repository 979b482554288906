import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { firstOf } from './any-node.ts';
import { exitCodes } from './exit-codes.ts';

async function nodeCalled(name: string) {
  const server = createServer((_request, response) => response.end(JSON.stringify({ server_id: name })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, end };
}

test('without a node on the command line, the first one on this machine that answers is asked, and a note names those that did not', async () => {
  const [first, second, third] = [await nodeCalled('n1'), await nodeCalled('n2'), await nodeCalled('n3')];
  const urls = [first.url, second.url, third.url];
  const notes: string[] = [];
  const asked = async (): Promise<string> => (await firstOf(urls, (note) => notes.push(note))).health.server_id;
  assert.equal(await asked(), 'n1');
  assert.deepEqual(notes, []);
  await first.end();
  assert.equal(await asked(), 'n2');
  assert.deepEqual(notes.splice(0), [`no answer from ${first.url}; asking ${second.url}`]);
  await second.end();
  assert.equal(await asked(), 'n3');
  assert.deepEqual(notes.splice(0), [`no answer from ${first.url} and ${second.url}; asking ${third.url}`]);
  await third.end();
  await assert.rejects(asked(), {
    exitCode: exitCodes.unreachable,
    message: `no answer from ${first.url}/health: connection refused; no answer from ${second.url} and ${third.url} either; to ask other nodes, set --url or RLOG_URL: one URL, or several separated by commas`,
  });
  await assert.rejects(firstOf(urls, undefined), {
    message: urls.map((url) => `no answer from ${url}/health: connection refused`).join('; '),
  });
});
