import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlainRequestReader } from './plain-request.ts';

const body = '{"message":"é"}';
const length = `Content-Length: ${Buffer.byteLength(body)}`;

function request(headers: readonly string[], parts: { readonly line?: string; readonly body?: string } = {}): Buffer {
  return Buffer.from(`${parts.line ?? 'POST /messages HTTP/1.1'}\r\n${headers.join('\r\n')}\r\n\r\n${parts.body ?? body}`);
}

test('what common clients send is plain', () => {
  const curl = ['Host: localhost:5000', 'User-Agent: curl/8.5.0', 'Accept: */*', 'Content-Type: application/json', length];
  const fetched = ['host: localhost:5000', 'connection: keep-alive', 'content-type: application/json', 'accept: */*', 'accept-language: *'];
  const more = ['sec-fetch-mode: cors', 'user-agent: node', 'accept-encoding: gzip, deflate', length];
  for (const headers of [curl, [...fetched, ...more]]) {
    const read = new PlainRequestReader().read(request(headers));
    assert.deepEqual([read?.body.toString(), read?.head.key], [body, undefined]);
  }
  const keyed = new PlainRequestReader().read(request([...curl, 'Idempotency-Key: order 17']));
  assert.equal(keyed?.head.key, 'order 17');
});

test('anything else is for the parser to judge', () => {
  const plain = ['Content-Type: application/json', length];
  const reader = new PlainRequestReader();
  assert.notEqual(reader.read(request(plain)), undefined);
  const others: readonly Buffer[] = [
    request(plain, { line: 'POST /messages HTTP/1.0' }),
    request(plain, { line: 'POST /messages?w=1 HTTP/1.1' }),
    request(plain, { line: 'GET /messages HTTP/1.1' }),
    request(plain, { body: `${body} ` }),
    request(plain, { body: body.slice(1) }),
    request(['Content-Type: application/json']),
    request(['Content-Type: text/plain', length]),
    request([...plain, length]),
    request([...plain, 'Content-Type: application/json']),
    request([...plain, 'Connection: close']),
    request([...plain, 'Upgrade: h2c']),
    request([...plain, 'Expect: 100-continue']),
    request([...plain, 'Transfer-Encoding: chunked']),
    request([...plain, 'Content-Encoding: gzip']),
    request([...plain, 'rlog-dialect: envelope']),
    request([...plain, ' folded: line']),
    request([...plain, 'name : value']),
    request([...plain, 'x: \u0000']),
    request([...plain, 'x: é']),
    Buffer.from(`POST /messages HTTP/1.1\n${plain.join('\n')}\n\n${body}`),
    Buffer.from(`POST /messages HTTP/1.1\r\n${plain.join('\n')}\r\n\r\n${body}`),
    request(['Content-Type: application/json', 'Content-Length: 0'], { body: '' }),
  ];
  for (const other of others) assert.equal(reader.read(other), undefined, other.toString());
  assert.notEqual(reader.read(request(plain)), undefined);
});

/** What Node's own parser makes of these bytes: the requests in them, or `undefined` where it refuses some. */
async function parsed(
  bytes: Buffer,
): Promise<{ method?: string; url?: string; length?: string; type?: string; key?: string; body: string }[] | undefined> {
  const requests: { request: IncomingMessage; body: string }[] = [];
  let isRefused = false;
  const server = createServer({ requireHostHeader: false }, (incoming, response) => {
    const entry = { request: incoming, body: '' };
    requests.push(entry);
    incoming.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1')));
    incoming.on('end', () => response.end());
  });
  server.on('clientError', () => (isRefused = true));
  const [client, accepted] = duplexPair();
  server.emit('connection', accepted);
  client.resume();
  client.end(bytes);
  await new Promise((resolve) => accepted.once('close', resolve));
  if (isRefused) return undefined;
  return requests.map(({ request: { method, url, headers }, body: text }) => ({
    ...(method === undefined ? {} : { method }),
    ...(url === undefined ? {} : { url }),
    ...(headers['content-length'] === undefined ? {} : { length: headers['content-length'] }),
    ...(headers['content-type'] === undefined ? {} : { type: headers['content-type'] }),
    ...(typeof headers['idempotency-key'] === 'string' ? { key: headers['idempotency-key'] } : {}),
    body: text,
  }));
}

test("whatever is taken for plain is one request to Node's own parser too, and the same one", async () => {
  const header = fc.oneof(
    fc.constantFrom(
      'Host: a',
      'Accept: */*',
      'Connection: keep-alive',
      'Connection: close',
      'Idempotency-Key: k 1',
      'X: 1',
      'x-y:2',
      'Content-Length: 2',
      'Transfer-Encoding: chunked',
      'A:',
      ':',
      ' x: y',
      'Cookie: a=b;c=d',
    ),
    fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 8 })).map(([name, value]) => `${name}: ${value}`),
  );
  const mutation = fc.record({ at: fc.nat(400), byte: fc.integer({ min: 0, max: 255 }), isInsertion: fc.boolean() });
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(header, { maxLength: 4 }), fc.array(mutation, { maxLength: 2 }), async (headers, mutations) => {
      let bytes = request(['Content-Type: application/json', ...headers, length]);
      for (const { at, byte, isInsertion } of mutations) {
        const position = at % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, position), Buffer.of(byte), bytes.subarray(isInsertion ? position : position + 1)]);
      }
      const read = new PlainRequestReader().read(bytes);
      if (read === undefined) return;
      taken += 1;
      const [one, ...more] = (await parsed(bytes)) ?? [];
      assert.deepEqual(more, []);
      assert.deepEqual(
        [one?.method, one?.url, one?.length, one?.key, one?.body],
        ['POST', '/messages', String(read.head.bodyBytes), read.head.key, read.body.toString('latin1')],
      );
    }),
    { numRuns: 2000 },
  );
  assert.ok(taken > 50, `${taken} of 2000 were plain`);
});
