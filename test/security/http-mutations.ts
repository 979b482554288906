/** Changes requests, byte by byte and in ways that parsers have fallen for. */

import type { Random } from '../../src/sim/world/random.ts';

const crlf = Buffer.from('\r\n');
const lengths = ['0', '-1', '+5', '5, 5', '0x10', '1e3', '99999999999999999999', '9007199254740993', '4294967297', '33554433', ' 7', '00'];
const headers = [
  ...lengths.map((length) => `content-length: ${length}`),
  ...['chunked', 'gzip, chunked', 'chunked, identity', ' chunked', 'xchunked', 'chunked\r\ntransfer-encoding: chunked'].map(
    (each) => `transfer-encoding: ${each}`,
  ),
  ...['upgrade', 'close', 'keep-alive', 'upgrade, close', 'content-length'].map((each) => `connection: ${each}`),
  ...['rlog/1', 'rlog/2', 'rlog-http/1', 'websocket', 'h2c', 'rlog/1\r\nconnection: upgrade'].map((each) => `upgrade: ${each}`),
  ...['100-continue', 'something', ''].map((each) => `expect: ${each}`),
  ...['application/json; charset=latin1', 'application/x-ndjson', 'text/plain', 'multipart/form-data; boundary=x', '*/*', ''].map(
    (each) => `content-type: ${each}`,
  ),
  ...['gzip', 'br', 'identity', 'deflate, gzip'].map((each) => `content-encoding: ${each}`),
  ...['text/event-stream', 'text/html', 'application/x-ndjson;q=0.1, */*;q=0', ';;;', 'a'.repeat(9000)].map((each) => `accept: ${each}`),
  ...['0', '-1', '7@3f2a91c0', '7@', '@', '99999999999999999999', '1:2:3', '\u0000'].map((each) => `last-event-id: ${each}`),
  ...['"k"', '', 'x'.repeat(256), '\u0001', '"\u00ff"'].map((each) => `idempotency-key: ${each}`),
  ...['native', 'envelope', 'objects', '__proto__', 'constructor'].map((each) => `rlog-dialect: ${each}`),
  ...[
    'rlog-forwarded: s1',
    'rlog-forwarded: ../..',
    'rlog-leader-epoch: 1',
    'rlog-leader-epoch: 99999999999999999',
    'rlog-forward-identity: 1.2.3',
    'rlog-forward-identity: x',
  ],
  ...[
    'rlog-node: s1',
    'rlog-cluster: x',
    'rlog-proof: x',
    'rlog-proof: ,',
    'rlog-caller: anyone',
    'rlog-caller: ops;admin',
    'rlog-caller: node:s1;admin',
  ],
  ...[
    'host: elsewhere.example',
    'host:',
    'host: x\r\nhost: y',
    'origin: null',
    'sec-fetch-site: cross-site',
    'x-forwarded-for: 1.1.1.1',
    'via: 1.1 x',
  ],
  ...[
    'authorization: Bearer x',
    'authorization: Basic eDp5',
    'authorization: Bearer',
    'range: bytes=0-0',
    'if-none-match: *',
    'cookie: a=b',
    'te: trailers',
    'trailer: x',
  ],
];
const paths = [
  '/',
  '/messages',
  '/messages/1',
  '/messages/18446744073709551616',
  '/messages/-1',
  '/messages/1.5',
  '/messages/%00',
  '/%',
  '/%ff%fe',
  '//messages',
  '/messages/',
  '/MESSAGES',
  '/nodes/s1/messages',
  '/nodes/../health',
  '/nodes/%2e%2e/health',
  '/nodes/__proto__/health',
  '/assets/../../package.json',
  '/assets/%2e%2e%2fpackage.json',
  '/openapi.json',
  '/metrics',
  '/health',
  '/ready?role=leader',
  '/activity',
  '/activities',
  '/history',
  '/leader',
  'http://elsewhere.example/messages',
  '*',
  'x',
  `/${'a'.repeat(300)}`,
  `/${'a'.repeat(20_000)}`,
  '/messages?from=-1',
  '/messages?from=1e3',
  '/messages?limit=18446744073709551616',
  '/messages?wait=601',
  '/messages?from=0&from=1',
  '/messages?read=__proto__',
  '/messages?a[]=1&__proto__[x]=1',
  '/messages?view=entries&limit=0',
  '/secondaries',
  '/retention',
  '/promote',
  '/replicate',
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'PRI', 'QUERY', 'M-SEARCH', 'X'];
const jsons = [
  'null',
  '-0',
  '1e400',
  '1e-400',
  '9007199254740993',
  '0.1e',
  '01',
  '"\\ud800"',
  '"\\u0000"',
  '"\\x"',
  '[]',
  '{}',
  '[[[[',
  '{"__proto__":1}',
  '{"message":1,"message":2}',
  '{"w":"all"}',
  '\ufeff{}',
  'NaN',
  '"\u2028"',
  'tru',
  '{"a":',
  ',',
  ']',
  '"',
  '\u0000',
  '/*',
  '['.repeat(3000),
  '[0,'.repeat(2000),
  `"${'\\u00e9'.repeat(2000)}"`,
];

type Change = (random: Random, bytes: Buffer, corpus: readonly Buffer[]) => Buffer;

const changes: readonly Change[] = [
  flip,
  flip,
  overwrite,
  insertRandom,
  remove,
  repeatPart,
  (random, bytes) => bytes.subarray(0, random.between(0, bytes.length)),
  (random, bytes) => replaceHead(random, bytes, (method, _path, rest) => `${random.pick(methods)} ${rest === '' ? method : _path} ${rest}`),
  (random, bytes) => replaceHead(random, bytes, (method, _path, rest) => `${method} ${random.pick(paths)} ${rest}`),
  (random, bytes) =>
    replaceHead(
      random,
      bytes,
      (method, path) => `${method} ${path} ${random.pick(['HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/11', '', 'http/1.1'])}`,
    ),
  addHeader,
  addHeader,
  addHeader,
  removeHeader,
  (random, bytes) => insertAt(bytes, bodyPlace(random, bytes), Buffer.from(random.pick(jsons))),
  withTrueLength,
  withTrueLength,
  inChunks,
  (random, bytes, corpus) => splice(random, bytes, random.pick(corpus)),
  (random, bytes) => Buffer.concat(Array.from({ length: random.between(2, 20) }, () => bytes)),
  (random, bytes, corpus) => Buffer.concat([bytes, random.pick(corpus)]),
];

/** @param corpus - what it is made from, if it is not random altogether */
export function mutated(random: Random, corpus: readonly Buffer[]): Buffer {
  if (random.chance(0.03)) return randomBytes(random, random.between(1, 400));
  let bytes: Buffer = Buffer.from(random.pick(corpus));
  for (let left = random.pick([0, 1, 1, 1, 2, 2, 3, 6]); left > 0; left -= 1) bytes = random.pick(changes)(random, bytes, corpus);
  return bytes.length === 0 ? crlf : bytes;
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

function insertAt(bytes: Buffer, at: number, what: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
}

function somewhere(random: Random, bytes: Buffer): number {
  return random.between(0, Math.max(0, bytes.length - 1));
}

function flip(random: Random, bytes: Buffer): Buffer {
  for (let flips = random.between(1, 8); flips > 0 && bytes.length > 0; flips -= 1) {
    const at = somewhere(random, bytes);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  }
  return bytes;
}

function overwrite(random: Random, bytes: Buffer): Buffer {
  if (bytes.length > 0) bytes[somewhere(random, bytes)] = random.pick([0, 9, 10, 13, 32, 34, 44, 48, 58, 92, 123, 125, 127, 128, 192, 255]);
  return bytes;
}

function insertRandom(random: Random, bytes: Buffer): Buffer {
  return insertAt(
    bytes,
    somewhere(random, bytes),
    random.chance(0.5)
      ? randomBytes(random, random.between(1, 40))
      : Buffer.from(random.pick([...jsons, '\r\n\r\n', '\r\n', '\n', '\r', ' ', '\t'])),
  );
}

function remove(random: Random, bytes: Buffer): Buffer {
  const at = somewhere(random, bytes);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 30))]);
}

function repeatPart(random: Random, bytes: Buffer): Buffer {
  const at = somewhere(random, bytes);
  const part = bytes.subarray(at, at + random.between(1, 100));
  return insertAt(bytes, at, Buffer.concat(Array.from({ length: random.between(1, 30) }, () => part)));
}

function splice(random: Random, bytes: Buffer, other: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, somewhere(random, bytes)), other.subarray(somewhere(random, other))]);
}

function replaceHead(random: Random, bytes: Buffer, change: (method: string, path: string, rest: string) => string): Buffer {
  const end = bytes.indexOf(crlf);
  if (end === -1) return flip(random, bytes);
  const [method = '', path = '', rest = ''] = bytes.toString('latin1', 0, end).split(' ');
  return Buffer.concat([Buffer.from(change(method, path, rest), 'latin1'), bytes.subarray(end)]);
}

function addHeader(random: Random, bytes: Buffer): Buffer {
  const end = bytes.indexOf(crlf);
  return end === -1 ? bytes : insertAt(bytes, end, Buffer.from(`\r\n${random.pick(headers)}`));
}

function removeHeader(random: Random, bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return bytes;
  const lines = bytes.toString('latin1', 0, head).split('\r\n');
  if (lines.length > 1) lines.splice(random.between(1, lines.length - 1), 1);
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), bytes.subarray(head)]);
}

function bodyPlace(random: Random, bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n');
  return head === -1 ? somewhere(random, bytes) : random.between(Math.min(head + 4, bytes.length), bytes.length);
}

/** The length said is that of the body, so that what was changed in it is judged. */
function withTrueLength(_random: Random, bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return bytes;
  const text = bytes.toString('latin1', 0, head).replaceAll(/\r\ncontent-length:[^\r]*/gi, '');
  return Buffer.concat([Buffer.from(`${text}\r\ncontent-length: ${bytes.length - head - 4}`, 'latin1'), bytes.subarray(head)]);
}

function inChunks(random: Random, bytes: Buffer): Buffer {
  const head = bytes.indexOf('\r\n\r\n');
  if (head === -1) return bytes;
  const text = bytes.toString('latin1', 0, head).replaceAll(/\r\ncontent-length:[^\r]*/gi, '');
  const parts: Buffer[] = [Buffer.from(`${text}\r\ntransfer-encoding: chunked\r\n\r\n`, 'latin1')];
  for (let rest: Buffer = bytes.subarray(head + 4); rest.length > 0; ) {
    const part = rest.subarray(0, random.between(1, 60));
    rest = rest.subarray(part.length);
    const size = random.chance(0.95)
      ? part.length.toString(16)
      : random.pick(['ffffffffffffffff', '-1', '', 'g', `${part.length.toString(16)};x=y`, '0']);
    parts.push(Buffer.from(`${size}\r\n`), part, crlf);
  }
  if (random.chance(0.9)) parts.push(Buffer.from('0\r\n\r\n'));
  return Buffer.concat(parts);
}
