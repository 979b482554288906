import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseParser } from './response-parser.ts';

const created = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"offset":123}';
const chunked =
  'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A;x=y\r\n0123456789\r\n0\r\n\r\n';
const refused = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 13\r\n\r\n{"code":"no"}';
const empty = 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n';

/** Reuses its buffer, as a socket does. */
function parse(text: string, chunkBytes: number): [number, string][] {
  const found: [number, string][] = [];
  const parser = new ResponseParser((status, body) => found.push([status, body]));
  const bytes = Buffer.from(text);
  const reused = Buffer.alloc(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(reused.subarray(0, bytes.copy(reused, 0, at, at + chunkBytes)));
  return found;
}

test('answers are separated wherever the chunks are cut', () => {
  const all = created + chunked + refused + empty + created;
  const wanted = [
    [201, ''],
    [200, ''],
    [503, '{"code":"no"}'],
    [204, ''],
    [201, ''],
  ];
  for (let chunkBytes = 1; chunkBytes <= all.length; chunkBytes += 1) assert.deepEqual(parse(all, chunkBytes), wanted, `by ${chunkBytes}`);
});

test('an incomplete answer is not reported yet', () => {
  assert.deepEqual(parse(created.slice(0, -1), 1000), []);
});

test('an answer whose end cannot be known is refused', () => {
  assert.throws(() => parse('HTTP/1.1 200 OK\r\nx-content-length: 3\r\n\r\nabc', 1000), /content-length/);
  assert.throws(() => parse('SSH-2.0-OpenSSH_9.2\r\n\r\n', 1000), /not HTTP/);
});
