import assert from 'node:assert/strict';
import { test } from 'node:test';
import { switchingServer } from '../../../test/support/switching-server.ts';
import { epoch } from '../../core/model/numbers.ts';
import { OuterAgent } from '../../io/outer-request.ts';
import { anyone } from '../../trust/caller.ts';
import { LeaderClient } from './leader-client.ts';

test('a request to a leader that switches to another protocol ends, as it may have been carried out', { timeout: 10_000 }, async (t) => {
  const port = await switchingServer(t);
  const client = new LeaderClient('n1', { countMax: 1, bytesMax: 1000 }, { agent: new OuterAgent() });
  const call = { method: 'POST', path: () => '/messages', headers: {}, body: Buffer.from('{}'), caller: anyone } as const;
  const terms = { epoch: epoch(1), timeoutMs: 1000, identity: undefined, takesTogether: false, over: new AbortController().signal };
  await assert.rejects(client.ask(`http://127.0.0.1:${port}`, call, terms), { code: 'forward-failed' });
});
