/** A node with tokens, as clients meet it. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { EventStream } from '../support/events.ts';
import { isReady, startThree, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { hashedToken } from '../../src/trust/tokens.ts';
import { waitFor } from '../support/wait.ts';

const tokens = {
  read: 'token-that-may-read-0001',
  append: 'token-that-may-append-02',
  admin: 'token-that-may-do-all-03',
  leaving: 'token-that-will-go-away4',
} as const;
const wrong = 'token-of-nobody-at-all-5';

const cluster = new TestCluster();
let node: TestNode;

/** Replaced as Kubernetes does it: the link to the folder is swapped. */
function writeTokens(lines: readonly string[]): void {
  const folder = join(cluster.folder, `tokens-${lines.length}`);
  rmSync(folder, { recursive: true, force: true });
  const at = (name: string): string => join(cluster.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'tokens'), `${lines.join('\n')}\n`);
  symlinkSync(folder, at('..next'));
  renameSync(at('..next'), at('..data'));
}

const lasting = [`reader read ${tokens.read}`, `writer append ${hashedToken(tokens.append)}`, `boss admin ${tokens.admin}`];

before(async () => {
  writeTokens([...lasting, `guest read ${tokens.leaving}`]);
  symlinkSync('..data/tokens', join(cluster.folder, 'tokens'));
  node = cluster.add({ kind: 'master', port: await freePort(), env: { API_TOKENS_FILE: join(cluster.folder, 'tokens') } });
  await node.start();
  await isReady(node);
});

after(() => cluster[Symbol.asyncDispose]());

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of a problem document. */
  readonly code: string | undefined;
  readonly text: string;
}

/** The beginning of the answer will do: some go on for ever. */
function ask(token: string | undefined, path: string, { method = 'GET', headers = {}, body }: Sent = {}, at = node): Promise<Heard> {
  const all = { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, at.url), { method, headers: all, agent: false }, (answer) => {
      heard(answer).then((text) => {
        answer.destroy();
        const code = /"code":"([a-z-]+)"/.exec(text)?.[1];
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, code, text });
      }, reject);
    });
    call.once('error', reject);
    call.end(body);
  });
}

async function heard(answer: IncomingMessage): Promise<string> {
  const isEndless = answer.headers['content-type']?.startsWith('text/event-stream') === true;
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (isEndless) break;
  }
  return text;
}

const json = { 'content-type': 'application/json' };
const events = { accept: 'text/event-stream' };
const post = (body: string, headers = {}): Sent => ({ method: 'POST', headers: { ...json, ...headers }, body });

/** By scope: requests of every route that needs it. The names are those of the OpenAPI document, and more of the same route. */
const byNeed: Readonly<Record<'open' | 'any token' | 'read' | 'append' | 'admin', Readonly<Record<string, readonly [string, Sent]>>>> = {
  open: {
    'GET /health': ['/health', {}],
    'GET /ready': ['/ready', {}],
    'GET /openapi.json': ['/openapi.json', {}],
    'GET /assets/{name}': ['/assets/x.js', {}],
    'GET /replicate': ['/replicate', {}],
    'GET / of a browser': ['/', { headers: { accept: 'text/html' } }],
    'a route that is not there': ['/nothing', {}],
  },
  'any token': {
    'GET /metrics': ['/metrics', {}],
    'GET /leader': ['/leader', {}],
    'GET /nodes': ['/nodes', {}],
    'GET /secondaries': ['/secondaries', {}],
    'GET /retention': ['/retention', {}],
    'GET /nodes/{id}/retention': ['/nodes/master/retention', {}],
    'GET /nodes/{id}/health': ['/nodes/master/health', {}],
    'GET /nodes/{id}/ready': ['/nodes/master/ready', {}],
  },
  read: {
    'GET /': ['/', {}],
    'GET /messages': ['/messages', {}],
    'HEAD of it': ['/messages', { method: 'HEAD' }],
    'GET /messages as lines': ['/messages', { headers: { accept: 'application/x-ndjson' } }],
    'GET /messages as events': ['/messages', { headers: events }],
    'GET / as events': ['/', { headers: events }],
    'GET /messages/{offset}': ['/messages/0', {}],
    'GET /activity': ['/activity', {}],
    'GET /activities': ['/activities', {}],
    'GET /history': ['/history', {}],
    'GET /nodes/{id}/messages': ['/nodes/master/messages', {}],
    'GET /nodes/{id}/messages as events': ['/nodes/master/messages', { headers: events }],
    'GET /nodes/{id}/messages/{offset}': ['/nodes/master/messages/0', {}],
    'GET /nodes/{id}/activity': ['/nodes/master/activity', {}],
    'GET /nodes/{id}/history': ['/nodes/master/history', {}],
  },
  append: {
    'POST /messages': ['/messages', post('{"message":1}')],
    'POST /messages past the quick path': ['/messages', post('{"message":1}', { 'rlog-dialect': 'native' })],
    'POST /messages as lines': ['/messages', { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: '1\n' }],
    'POST /': ['/', post('{"message":1}')],
    'POST /add': ['/add', post('{"data":"1","write_concern":1}')],
    'POST /replicate': ['/replicate', post('{"message":1}')],
    'POST /nodes/{id}/messages': ['/nodes/master/messages', post('{"message":1}')],
  },
  admin: {
    // Nothing is there: what is asked for is refused, but not for want of a scope.
    'POST /secondaries': ['/secondaries', post('{"url":"http://127.0.0.1:1"}')],
    'POST /register': ['/register', post('{"url":"http://127.0.0.1:1"}')],
    'POST /replicate with a URL': ['/replicate', post('{"url":"http://127.0.0.1:1"}')],
    'DELETE /secondaries/{id}': ['/secondaries/nobody', { method: 'DELETE' }],
    'DELETE /secondaries/{id} by force': ['/secondaries/nobody?force=true', { method: 'DELETE' }],
    'POST /promote': ['/promote', post('{}')],
    'DELETE /messages': ['/messages?before=0', { method: 'DELETE' }],
    'PUT /retention': ['/retention', { method: 'PUT', headers: json, body: '{}' }],
    'GET /backup': ['/backup?compression=none', {}],
  },
};

test('the table below has every route of the OpenAPI document', async () => {
  const { text } = await ask(undefined, '/openapi.json');
  const { paths } = JSON.parse(text) as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const asked = new Set(Object.values(byNeed).flatMap((requests) => Object.keys(requests)));
  assert.deepEqual(
    routes.filter((route) => !asked.has(route)),
    [],
  );
});

const allowed: Readonly<Record<keyof typeof byNeed, readonly (keyof typeof tokens)[]>> = {
  open: ['read', 'append', 'admin'],
  'any token': ['read', 'append', 'admin'],
  read: ['read', 'admin'],
  append: ['append', 'admin'],
  admin: ['admin'],
};

for (const need of Object.keys(byNeed) as (keyof typeof byNeed)[]) {
  for (const [name, [path, sent]] of Object.entries(byNeed[need])) {
    test(`${name} needs: ${need}`, async () => {
      const isHead = sent.method === 'HEAD';
      const nobody = await ask(undefined, path, sent);
      const stranger = await ask(wrong, path, sent);
      if (need === 'open') {
        assert.ok(![401, 403].includes(nobody.status), nobody.text);
      } else {
        for (const { status, headers, code } of [nobody, stranger]) {
          assert.deepEqual([status, code], [401, isHead ? undefined : 'unauthorized']);
          assert.equal(headers['www-authenticate'], 'Bearer');
        }
      }
      for (const scope of ['read', 'append', 'admin'] as const) {
        const { status, code, text } = await ask(tokens[scope], path, sent);
        if (allowed[need].includes(scope))
          assert.ok(!['unauthorized', 'missing-scope'].includes(code ?? '') && status !== 403, `${scope}: ${text}`);
        else assert.deepEqual([status, code], [403, isHead ? undefined : 'missing-scope'], scope);
      }
    });
  }
}

test('what was refused for want of a token or a scope was not stored', async () => {
  const stored = await ask(tokens.read, '/messages');
  for (const sent of [post('{"message":"x"}'), post('{"message":"x"}', { 'rlog-dialect': 'native' })]) {
    for (const token of [undefined, wrong, tokens.read]) await ask(token, '/messages', sent);
  }
  // In the name of a node that nobody proved to be.
  const asNode = { 'rlog-caller': 'boss;admin', 'rlog-forwarded': 's1', 'rlog-node': 's1' };
  for (const path of ['/messages', '/messages?w=1&timeoutMs=1000']) {
    assert.equal((await ask(undefined, path, post('{"message":"x"}', asNode))).code, 'unauthorized', path);
  }
  assert.equal((await ask(tokens.read, '/messages')).text, stored.text);
});

test('of two tokens in one request neither counts: a proxy may have looked at the other one', async () => {
  for (const given of [
    [tokens.admin, tokens.read],
    [tokens.read, wrong],
    [tokens.append, tokens.append],
  ]) {
    const authorization = given.map((token) => `Bearer ${token}`);
    for (const [path, sent] of [
      ['/messages', {}],
      ['/messages', post('{"message":"x"}')],
      ['/secondaries/nobody', { method: 'DELETE' }],
    ] as const) {
      assert.equal((await ask(undefined, path, { ...sent, headers: { ...sent.headers, authorization } })).code, 'bad-request', path);
    }
  }
});

test('without a token a balancer hears how the node is, and nothing else', async () => {
  assert.deepEqual(
    [(await ask(undefined, '/health')).text, (await ask(undefined, '/ready')).text],
    ['{"status":"healthy"}\n', '{"status":"ready"}\n'],
  );
  assert.equal((await ask(wrong, '/health')).code, 'unauthorized');
  const { text } = await ask(tokens.append, '/health');
  assert.equal((JSON.parse(text) as { node: string }).node, 'master');
});

test('a token that is gone ends its streams within five seconds, and leaves those of others alone', { timeout: 60_000 }, async () => {
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const paths = ['/messages', '/activity', '/activities', '/nodes/master/messages', '/nodes/master/activity'];
  const open = (token: string): Promise<EventStream[]> =>
    Promise.all(paths.map((path) => EventStream.openAt(node.url + path, bearer(token))));
  const [leaving, staying] = [await open(tokens.leaving), await open(tokens.read)];
  const { text: all } = await ask(tokens.read, '/messages');
  const beyond = (JSON.parse(all) as { messages: unknown[] }).messages.length;
  const waits = ['/messages', '/nodes/master/messages'].map((path) => ask(tokens.leaving, `${path}?from=${beyond}&wait=60`));
  try {
    writeTokens(lasting);
    const goneAt = performance.now();
    await waitFor('the streams are over', () => leaving.every(({ isClosed }) => isClosed), 5000);
    for (const [index, stream] of leaving.entries()) {
      const last = stream.events.at(-1);
      assert.deepEqual([last?.event, last?.data['code'], last?.data['instance']], ['end', 'unauthorized', paths[index]], paths[index]);
    }
    for (const { status, code } of await Promise.all(waits)) assert.deepEqual([status, code], [401, 'unauthorized']);
    assert.ok(performance.now() - goneAt < 5000);
    assert.equal((await ask(tokens.leaving, '/messages')).code, 'unauthorized');
    await ask(tokens.append, '/messages', post('{"message":"still heard"}'));
    await waitFor('the others hear what is new', () => [staying[0], staying[3]].every((stream) => stream?.text.includes('still heard')));
    assert.ok(staying.every(({ isClosed }) => !isClosed));
  } finally {
    for (const stream of [...leaving, ...staying]) stream[Symbol.dispose]();
  }
});

/** A list of which nothing is read for now. */
function openList(token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const call = request(`${node.url}/messages`, { headers, agent: false }, (answer) => {
      answer.on('error', () => undefined).pause();
      resolve(answer);
    });
    call.once('error', reject).end();
  });
}

test('a token that is gone ends a list that goes on, too', { timeout: 60_000 }, async () => {
  const entry = JSON.stringify({ message: 'x'.repeat(4_000_000) });
  // More than what is under way between two processes.
  for (let count = 0; count < 5; count += 1) assert.equal((await ask(tokens.append, '/messages', post(entry))).status, 201);
  writeTokens([...lasting, `guest read ${tokens.leaving}`]);
  await waitFor('the token counts', async () => (await ask(tokens.leaving, '/leader')).status === 200);
  const [leaving, staying] = [await openList(tokens.leaving), await openList(tokens.read)];
  writeTokens(lasting);
  await waitFor('the token is gone', async () => (await ask(tokens.leaving, '/leader')).status === 401, 5000);
  const bytesOf = async (answer: IncomingMessage): Promise<number> => {
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) bytes += chunk.length;
    return bytes;
  };
  await assert.rejects(bytesOf(leaving), /aborted|ECONNRESET/);
  assert.ok((await bytesOf(staying)) > 20_000_000);
});

test('a change of the cluster leaves a line with the name of the token, the address and what was done', async () => {
  assert.equal((await ask(tokens.admin, '/promote', post('{}'))).status, 200);
  await waitFor('the line', () => node.events('audit.leader-promoted').length > 0);
  const { caller, address, leader, outcome, level } = node.events('audit.leader-promoted').at(-1) ?? {};
  assert.deepEqual([caller, address, leader, outcome, level], ['boss', '127.0.0.1', 'master', 'done', 'info']);
  const forced = await ask(tokens.admin, '/secondaries/nobody?force=true', { method: 'DELETE' });
  assert.equal(forced.code, 'quorum-present');
  assert.deepEqual(node.events('audit.cluster-forced'), [], 'nothing was done');
});

test('no token is in any line of the log', () => {
  const files = readdirSync(node.dataDir).filter((name) => name.endsWith('.log'));
  assert.ok(files.length > 0 && node.output.includes('tokens.changed'));
  const said = [node.output, ...files.map((name) => readFileSync(join(node.dataDir, name), 'utf8'))].join('\n');
  for (const token of [...Object.values(tokens), wrong]) assert.ok(!said.includes(token), token);
});

test('with METRICS_OPEN they need no token, and tokens may be in the environment', async () => {
  await using other = new TestCluster();
  const env = { API_TOKENS: `read:${tokens.read},admin:${tokens.admin}`, METRICS_OPEN: '1', NEW_CLUSTER: 'never' };
  const open = await other.add({ kind: 'master', port: await freePort(), env }).start();
  assert.deepEqual([(await ask(undefined, '/metrics', {}, open)).status, (await ask(wrong, '/metrics', {}, open)).status], [200, 200]);
  assert.deepEqual(
    [(await ask(undefined, '/messages', {}, open)).status, (await ask(tokens.read, '/messages', {}, open)).status],
    [401, 200],
  );
  // It may not found a cluster, so it would refuse appends.
  const { status, text } = await ask(undefined, '/ready', {}, open);
  assert.deepEqual([status, text], [503, '{"status":"not-ready"}\n']);
  assert.equal((await ask(tokens.read, '/ready', {}, open)).code, 'no-leader');
  assert.ok(!open.output.includes(tokens.admin));
});

test('tokens without a secret stop the start of a node that names other nodes, or has some', { timeout: 120_000 }, async () => {
  const three = await startThree();
  await using cluster3 = three.cluster;
  const [master] = cluster3.nodes;
  assert.ok(master !== undefined);
  await master.stop();
  const refusal = async (env: Readonly<Record<string, string>>): Promise<string> => {
    master.output = '';
    master.spawn({ env: { API_TOKENS: `admin:${tokens.admin}`, ...env } });
    assert.equal((await master.exited()).code, 2);
    assert.ok(!master.output.includes(tokens.admin));
    const [line = '', ...more] = master.output.split('\n').filter((each) => each.includes('CLUSTER_SECRET') && !each.startsWith('{'));
    assert.deepEqual(more, []);
    return line;
  };
  assert.match(await refusal({}), /CLUSTER_SECRET: must be set, as there are tokens and other nodes/);
  assert.match(await refusal({ SECONDARIES: '' }), /the log here names other members \(.*,/);
});

test('a file of tokens that is wrong stops the start, and nothing of it is repeated', async () => {
  await using other = new TestCluster();
  const path = join(other.folder, 'tokens');
  writeFileSync(path, `boss admin ${tokens.admin}\n${tokens.read}\n`);
  const broken = other.add({ kind: 'master', port: await freePort(), env: { API_TOKENS_FILE: path } });
  broken.spawn();
  assert.equal((await broken.exited()).code, 2);
  assert.match(broken.output, /API_TOKENS_FILE: .*tokens: line 2 is not/);
  assert.ok(!broken.output.includes(tokens.read));
  broken.output = '';
  broken.spawn({ env: { API_TOKENS_FILE: join(other.folder, 'nothing') } });
  assert.equal((await broken.exited()).code, 2);
  assert.match(broken.output, /API_TOKENS_FILE: .*nothing: ENOENT/);
});
