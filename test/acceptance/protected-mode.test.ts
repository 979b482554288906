/**
 * Callers at public addresses. They need a network of their own with such addresses in it, which the test makes if the
 * system lets it: the file runs itself there.
 */

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { inOwnNetwork } from '../support/own-network.ts';
import { freePort } from '../support/ports.ts';

const near = '10.55.0.5';
const far = '203.0.113.5';
const farToo = '2001:db8::5';
inOwnNetwork({ name: 'in a network with public addresses', addresses: [near, far, farToo], file: import.meta.url }, inside);

function inside(): void {
  const cluster = new TestCluster();
  let node: TestNode;

  before(async () => {
    node = cluster.add({ kind: 'master', port: await freePort(), env: { HOST: '::' } });
    await node.start();
    await isReady(node);
  });
  after(() => cluster[Symbol.asyncDispose]());

  interface Call {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  function ask(from: string, path: string, { method = 'GET', headers = {}, body }: Call = {}, to = node): Promise<string> {
    return new Promise((resolve, reject) => {
      const host = from.includes(':') ? '::1' : '127.0.0.1';
      const options = { host, port: to.spec.port, localAddress: from, path, method, headers, agent: false };
      const call = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.once('end', () => resolve(`${answer.statusCode} ${text}`));
      });
      call.once('upgrade', (_answer, socket) => {
        socket.destroy();
        resolve('101');
      });
      call.once('error', reject);
      call.end(body);
    });
  }

  const json = { 'content-type': 'application/json' };
  const appendOf = (message: string): Call => ({ method: 'POST', headers: json, body: JSON.stringify({ message, w: 1 }) });
  const upgrade: Call = { headers: { connection: 'Upgrade', upgrade: 'rlog/2' } };

  test('who is far away gets nothing but the reason, whatever is asked', async () => {
    assert.match(await ask(near, '/messages', appendOf('from near')), /^201 /);
    for (const from of [far, farToo]) {
      for (const [path, call] of [
        ['/messages', {}],
        ['/messages', appendOf('planted')],
        ['/messages', { ...appendOf('planted'), headers: { ...json, 'rlog-dialect': 'native' } }],
        ['/messages', { headers: { accept: 'text/event-stream' } }],
        ['/', { headers: { accept: 'text/html' } }],
        ['/health', {}],
        ['/metrics', {}],
        ['/openapi.json', {}],
        ['/nowhere', {}],
        ['/nodes/master/messages', appendOf('planted')],
        ['/secondaries/master', { method: 'DELETE' }],
        ['/messages?before=1', { method: 'DELETE' }],
        ['/retention', { method: 'PUT', headers: json, body: '{"maxEntries":1}' }],
        ['/backup', {}],
        ['/replicate', upgrade],
      ] as const) {
        const answer = await ask(from, path, call);
        assert.match(answer, /^403 .*"code":"protected-mode","outcome":"rejected"/, `${from} ${path}`);
        assert.match(answer, /API_TOKENS_FILE/);
      }
    }
    assert.equal(await ask(near, '/messages'), '200 {"messages":["from near"]}\n');
    assert.equal(await ask(near, '/replicate', upgrade), '101');
  });

  test('a proxy on this very machine is as far away as the one for whom it asks', async () => {
    for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']) {
      const headers = { ...json, [name]: near };
      assert.match(await ask('127.0.0.1', '/messages', { ...appendOf('planted'), headers }), /^403 .*protected-mode/);
      assert.match(await ask('127.0.0.1', '/replicate', { headers: { ...upgrade.headers, [name]: near } }), /^403 /);
    }
    assert.equal(await ask(near, '/messages'), '200 {"messages":["from near"]}\n');
  });

  test('a node that is told to serve everybody does, and says so at every start', async () => {
    const open = cluster.add({
      kind: 'master',
      port: await freePort(),
      env: { HOST: '::', OPEN_TO_ALL: '1', SERVER_ID: 'open' },
      args: ['--memory'],
    });
    for (let start = 1; start <= 2; start += 1) {
      await open.start();
      await isReady(open);
      assert.match(await ask(far, '/messages', appendOf('from far'), open), /^201 /);
      assert.equal(open.events('node.open-to-all').filter(({ level }) => level === 'warn').length, start);
      await open.stop();
    }
    assert.equal(node.events('node.open-to-all').length, 0);
  });
}
