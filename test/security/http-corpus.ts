/** Requests as real clients send them: recorded on the way to a node, and one of each operation. */

import { LogClient } from '../../src/client/index.ts';
import { needs } from '../../src/http/access/scopes.ts';
import { waitFor } from '../support/wait.ts';
import { Tap } from './tap.ts';

/** Stands in messages where each input has a mark of its own, of the same length. */
export const markPlace = 'mark-of-this-input-0000000000';

/** What changes the cluster is sent with values that are refused, or change nothing. */
const bodies: Readonly<Record<string, string>> = {
  'PUT /retention': '{"maxEntries":-1}',
  'POST /promote': '{"id":"nobody"}',
  'POST /secondaries': '{"url":"http://127.77.0.1:9","id":"nobody"}',
  'POST /register': '{"url":"http://127.77.0.2:9","id":"nobody"}',
  'POST /replicate': `{"message":"${markPlace}"}`,
};
const queries: Readonly<Record<string, readonly string[]>> = {
  'GET /messages': [
    '?from=3&limit=5',
    '?limit=3&read=committed',
    '?limit=2&read=linearizable&timeoutMs=300',
    '?view=entries&limit=2',
    '?from=0&wait=1&limit=1',
  ],
  'DELETE /messages': ['?before=0'],
  'DELETE /secondaries/:id': ['?timeoutMs=100'],
};

/** @returns one request of each operation, and appends in all their forms */
export function operationRequests(): Buffer[] {
  const requests: Buffer[] = [];
  for (const operation of Object.keys(needs)) {
    const [method = '', route = ''] = operation.split(' ');
    const path = route.replace('/nodes/:id', '/nodes/s1').replace(':offset', '1').replace(':name', 'page.js').replace(':id', 'nobody');
    const isAppend = method === 'POST' && bodies[operation] === undefined;
    const body = isAppend ? `{"message":"${markPlace}"}` : bodies[operation];
    for (const query of queries[operation] ?? ['']) requests.push(request(method, `${path}${query}`, body));
  }
  const json = 'application/json';
  const forms: readonly (readonly [string, string, string?])[] = [
    [json, `{"message":"${markPlace}","w":1}`],
    [json, `{"message":{"a":["${markPlace}",1.5e3,null,true]},"w":"majority","timeoutMs":200}`],
    [json, `{"messages":["${markPlace}",2,[3]]}`, 'idempotency-key: "a key"\r\n'],
    [json, `{"message":"${markPlace}","w":3}`, 'rlog-dialect: envelope\r\n'],
    ['application/x-ndjson', `"${markPlace}"\n{"b":1}\n`],
    ['text/plain; charset=utf-8', markPlace],
    [json, `{"message":"${markPlace}"}`, 'expect: 100-continue\r\n'],
    [json, `{"message":"${markPlace}"}`, 'rlog-forwarded: s1\r\nrlog-leader-epoch: 1\r\n'],
    [json, `{"message":"${markPlace}"}`, 'origin: https://elsewhere.example\r\nsec-fetch-site: cross-site\r\n'],
  ];
  for (const [type, body, more] of forms) requests.push(request('POST', '/messages', body, { type, more }));
  const bytes = `{"message":"${markPlace}"}`;
  const chunks = `${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n`;
  requests.push(Buffer.from(`POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: ${json}\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`));
  requests.push(Buffer.from('GET /messages HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nlast-event-id: 3\r\n\r\n'));
  requests.push(Buffer.from('GET /replicate HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: rlog/2, rlog/1\r\n\r\n'));
  requests.push(Buffer.from('GET /replicate HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: rlog-http/1\r\nrlog-proof: x\r\n\r\n'));
  return requests;
}

function request(
  method: string,
  path: string,
  body?: string,
  { type = 'application/json', more = '' }: { type?: string; more?: string | undefined } = {},
): Buffer {
  const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${more}`;
  return Buffer.from(
    body === undefined ? `${head}\r\n` : `${head}content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** What our client sends to a node, connection by connection. @param token - that it shows */
export async function recordedRequests(port: number, token?: string): Promise<Buffer[]> {
  await using tap = await Tap.open(port);
  const client = new LogClient({ urls: [tap.url], learnNodes: false, ...(token !== undefined && { token }) });
  await client.append(markPlace, { w: 1 });
  await client.append({ of: [markPlace] }, { w: 'all' });
  await client.appendMany([markPlace, 2, null], { w: 'majority', idempotencyKey: 'of a recorded append' });
  await client.appendMany([markPlace, true], { w: 'majority', keys: ['of a recorded message', null] });
  for await (const text of client.readTexts({ limit: 3 })) void text;
  const over = new AbortController();
  for await (const entry of client.follow({ from: 0, signal: over.signal })) {
    void entry;
    over.abort();
    break;
  }
  await client.status();
  await waitFor('they are recorded', () => tap.recordings.length > 0);
  return tap.recordings.map(({ there }) => there).filter((bytes) => bytes.length > 0);
}
