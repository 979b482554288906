import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, history, readMessages } from './api.ts';

test('every node is asked to answer natively, whatever its dialect is', async (t) => {
  const asked: (string | null)[] = [];
  t.mock.method(globalThis, 'fetch', (_path: string, init: RequestInit) => {
    asked.push(new Headers(init.headers).get('rlog-dialect'));
    return Promise.resolve(new Response('{"code":"not-found"}', { status: 404 }));
  });
  const refused = { code: 'not-found' };
  await assert.rejects(append('a', { messages: ['1'], w: 1, timeoutMs: 1000 }), refused);
  await assert.rejects(readMessages('a', { from: 0, limit: 1 }), refused);
  await assert.rejects(history('a'), refused);
  assert.deepEqual(asked, ['native', 'native', 'native']);
});
