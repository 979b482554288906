import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { switchingServer } from '../../../test/support/switching-server.ts';
import { epoch } from '../../core/model/numbers.ts';
import { OuterAgent } from '../../io/outer-request.ts';
import { anyone } from '../../trust/caller.ts';
import { LeaderClient } from './leader-client.ts';

const call = { method: 'POST', path: () => '/messages', headers: {}, body: Buffer.from('{}'), caller: anyone } as const;
const terms = { epoch: epoch(1), timeoutMs: 1000, identity: undefined, takesTogether: false, over: new AbortController().signal };

test('a request to a leader that switches to another protocol ends, as it may have been carried out', { timeout: 10_000 }, async (t) => {
  const port = await switchingServer(t);
  const client = new LeaderClient('n1', { countMax: 1, bytesMax: 1000 }, { agent: new OuterAgent() });
  await assert.rejects(client.ask(`http://127.0.0.1:${port}`, call, terms), { code: 'forward-failed' });
});

test('a success that cannot be read is not taken for one: what it says may have happened, and is not known', async (t) => {
  let text = '';
  const server = createServer((request, response) => request.resume().once('end', () => response.writeHead(201).end(text)));
  t.after(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new LeaderClient('n1', { countMax: 1, bytesMax: 1000 }, { agent: new OuterAgent() });
  t.after(() => client.close());
  assert.equal(await client.ask(url, call, terms), undefined, 'an answer without a body is none');
  for (text of ['{"offset":', '<html>created</html>']) await assert.rejects(client.ask(url, call, terms), { code: 'forward-failed' });
  text = '{"offset":7}';
  assert.deepEqual(await client.ask(url, call, terms), { offset: 7 });
});
