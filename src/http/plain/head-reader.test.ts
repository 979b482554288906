import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadReader } from './head-reader.ts';

const head = 'POST /messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n';
const body = '{"message":1}';

function read(text: string): ReturnType<HeadReader['read']> {
  return new HeadReader().read(Buffer.from(text, 'latin1'));
}

test('a plain head is read, with as much of its body as there is', () => {
  for (const rest of ['', body, body.slice(0, 3)]) {
    const found = read(head + rest);
    assert.deepEqual([found?.bytes, found?.head.bodyBytes, found?.head.key], [head.length, 13, undefined]);
  }
  const full = head.replace(
    '\r\n\r\n',
    '\r\naccept: */*\r\nAccept-Encoding: gzip, br\r\nuser-agent: curl/8.5.0\r\nConnection: Keep-Alive\r\nAuthorization: Bearer x\r\nidempotency-key: a key\r\ntraceparent: t\r\n\r\n',
  );
  const found = read(full);
  assert.deepEqual(
    [found?.bytes, found?.head.authorization, found?.head.key, found?.head.trace],
    [full.length, 'Bearer x', 'a key', { traceparent: 't', tracestate: undefined }],
  );
});

test('the same head is recognised, and another one is not taken for it', () => {
  const reader = new HeadReader();
  const first = reader.read(Buffer.from(head + body));
  assert.equal(reader.read(Buffer.from(`${head}{"message":2}`)), reader.read(Buffer.from(head + body)));
  assert.deepEqual(reader.read(Buffer.from(head.slice(0, -1))), undefined);
  assert.deepEqual(reader.read(Buffer.from(head.replace('13', '12')))?.head.bodyBytes, 12);
  assert.equal(first?.head.bodyBytes, 13);
  const keyed = (key: string): string | undefined =>
    reader.read(Buffer.from(head.replace('\r\n\r\n', `\r\nIdempotency-Key: ${key}\r\n\r\n`)))?.head.key;
  assert.deepEqual(['a', 'b'].map(keyed), ['a', 'b']);
});

for (const [what, change] of Object.entries({
  'that is not whole': (text) => text.slice(0, -1),
  'with another method': (text) => text.replace('POST', 'PUT'),
  'with an absolute target': (text) => text.replace('/messages', 'http://x/messages'),
  'with a query': (text) => text.replace('/messages', '/messages?w=1'),
  'of an older version': (text) => text.replace('1.1', '1.0'),
  'behind an empty line': (text) => `\r\n${text}`,
  'with bare line feeds': (text) => text.replaceAll('\r\n', '\n'),
  'with one bare line feed': (text) => text.replace('x\r\n', 'x\n'),
  'with a bare carriage return': (text) => text.replace('Host: x', 'Host: x\r'),
  'with a folded header': (text) => text.replace('Host: x', 'Host: x\r\n y'),
  'with a tab': (text) => text.replace('Host: x', 'Host:\tx'),
  'with space before the colon': (text) => text.replace('Host:', 'Host :'),
  'without space behind the colon': (text) => text.replace('Host: ', 'Host:'),
  'with more space than one': (text) => text.replace('Host: ', 'Host:  '),
  'with space behind a value': (text) => text.replace('Host: x', 'Host: x '),
  'with an empty value': (text) => text.replace('Host: x', 'Host: '),
  'with a control character': (text) => text.replace('Host: x', 'Host: x\u0001y'),
  'with a byte beyond ASCII': (text) => text.replace('Host: x', 'Host: \u00e9'),
  'with a header twice': (text) => text.replace('Host: x', 'Host: x\r\nhost: x'),
  'with two lengths': (text) => text.replace('\r\n\r\n', '\r\nContent-Length: 13\r\n\r\n'),
  'with two other lengths': (text) => text.replace('\r\n\r\n', '\r\nContent-Length: 14\r\n\r\n'),
  'with a length that is not one': (text) => text.replace('13', '+13'),
  'without a length': (text) => text.replace('Content-Length: 13\r\n', ''),
  'with a transfer encoding': (text) => text.replace('Content-Length: 13', 'Transfer-Encoding: chunked'),
  'with both': (text) => text.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n'),
  'with an expectation': (text) => text.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'),
  'of a page': (text) => text.replace('\r\n\r\n', '\r\nOrigin: http://x\r\n\r\n'),
  'of a browser': (text) => text.replace('\r\n\r\n', '\r\nUser-Agent: Mozilla/5.0\r\n\r\n'),
  'of a proxy': (text) => text.replace('\r\n\r\n', '\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n'),
  'of a node': (text) => text.replace('\r\n\r\n', '\r\nRlog-Forwarded: s1\r\n\r\n'),
  'with a header that nobody listed': (text) => text.replace('\r\n\r\n', '\r\nX-Any: 1\r\n\r\n'),
  'that ends the connection': (text) => text.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
  'of another type': (text) => text.replace('application/json', 'text/plain'),
  'that is long': (text) => text.replace('Host: x', `Host: ${'x'.repeat(5000)}`),
} satisfies Readonly<Record<string, (text: string) => string>>)) {
  test(`a head ${what} is left to node:http`, () => {
    const changed = change(head);
    assert.notEqual(changed, head);
    assert.equal(read(changed + body), undefined);
    const reader = new HeadReader();
    reader.read(Buffer.from(head + body));
    assert.equal(reader.read(Buffer.from(changed + body, 'latin1')), undefined, 'also behind a plain one');
  });
}
