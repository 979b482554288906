import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseUrlOf, withoutPassword } from './base-url.ts';
import type { Answer } from './answer.ts';
import { NodeCaller } from './node-caller.ts';
import { Nodes } from './nodes.ts';

test('a base URL keeps its path, and its user name and password go into a header', () => {
  assert.deepEqual(baseUrlOf('http://host:5000'), { url: 'http://host:5000', authorization: undefined });
  assert.deepEqual(baseUrlOf('https://host/base//'), { url: 'https://host/base', authorization: undefined });
  assert.deepEqual(baseUrlOf('http://[::1]:5000/'), { url: 'http://[::1]:5000', authorization: undefined });
  const user = baseUrlOf('http://user:p%40ss%3A%D1%97@host/base/');
  assert.equal(user?.url, 'http://host/base');
  assert.equal(user.authorization, `Basic ${Buffer.from('user:p@ss:ї').toString('base64')}`);
  assert.equal(baseUrlOf('http://user@host')?.authorization, `Basic ${Buffer.from('user:').toString('base64')}`);
});

test('an invalid base URL is refused, and the error does not show its password', () => {
  for (const text of ['host:5000', 'ftp://host', 'http://', '', 'http://h/?a=1', 'http://h/#a', 'http://a%3Ab:c@h', 'http://u:%zz@h']) {
    assert.equal(baseUrlOf(text), undefined, text);
  }
  assert.throws(() => new Nodes('ftp://user:secret@host/x'), { name: 'TypeError', message: /^"ftp:\/\/host\/x" is not a URL like/ });
  assert.equal(withoutPassword('user:secret@host'), 'host');
  assert.equal(withoutPassword('http://host/a@b'), 'http://host/a@b');
});

test('requests go below the path of the URL, with the password in a header and not in the URL', async () => {
  const asked: (readonly [string, string | null])[] = [];
  const answer: typeof fetch = (input, init) => {
    asked.push([typeof input === 'string' ? input : '', new Headers(init?.headers).get('authorization')]);
    return Promise.resolve(new Response('{"ok":true}'));
  };
  const caller = new NodeCaller({ urls: ['http://user:pw@host/base/', 'http://other'], fetch: answer, learnNodes: false });
  const call = {
    method: 'GET',
    path: '/health',
    timeoutMs: 1000,
    signal: undefined,
    read: (answered: Answer) => answered.json(),
  } as const;
  await caller.call(call);
  caller.nodes.leave('http://host/base', { now: 0, restMs: 1000 });
  await caller.call(call);
  assert.deepEqual(asked, [
    ['http://host/base/health', `Basic ${btoa('user:pw')}`],
    ['http://other/health', null],
  ]);
});
