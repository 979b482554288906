/** What a client may say on one connection: plain appends, and what is nearly one, each with a mark of its own. */

import type { Random } from '../../src/sim/world/random.ts';

export interface PlainInput {
  /** Each is meant as one request, or as more. */
  readonly requests: readonly Buffer[];
  /** All are sent without waiting for an answer. */
  readonly isHeap: boolean;
}

const odd: readonly string[] = [
  'transfer-encoding: chunked',
  'transfer-encoding: identity',
  'expect: 100-continue',
  'expect: a-miracle',
  'origin: http://elsewhere.example',
  'forwarded: for=1.1.1.1',
  'x-forwarded-for: 1.1.1.1',
  'sec-fetch-site: cross-site',
  'sec-fetch-mode: cors',
  'via: 1.1 x',
  'rlog-dialect: envelope',
  'rlog-forwarded: s1',
  'rlog-caller: ops;admin',
  'content-encoding: gzip',
  'connection: close',
  'connection: upgrade',
  'upgrade: websocket',
  'host: twice.example',
  'content-type: text/plain',
  'content-length: 3',
  'content-length: 99',
  'content-length: 0',
  'content-length: -1',
  'content-length: +7',
  'content-length: 7, 7',
  'content-length: 0x10',
  'content-length: 00000000000000000007',
  'idempotency-key: another',
  'idempotency-key: ',
  'user-agent: Mozilla/5.0',
  'accept: a\tb',
  'accept: \u0001',
  'accept: \u00ff\u00fe',
  'accept: \u0000',
  'accept:no-space',
  'accept:  two',
  'accept: after ',
  'accept : before',
  ' accept: folded',
  '\tfolded',
  'no colon',
  ': no name',
  'tracestate: shop=1',
  'trailer: x',
  `accept-encoding: ${'a'.repeat(5000)}`,
  `accept-encoding: ${'a'.repeat(17_000)}`,
];
const firstLines: readonly string[] = [
  'POST http://elsewhere.example/messages HTTP/1.1',
  'POST /messages HTTP/1.0',
  'POST /messages HTTP/1.2',
  'POST  /messages HTTP/1.1',
  'POST /messages  HTTP/1.1',
  'POST /messages',
  'post /messages HTTP/1.1',
  'POST /messages?w=1&timeoutMs=5000 HTTP/1.1',
  'POST /messages?w=3 HTTP/1.1',
  'POST /messages/ HTTP/1.1',
  'POST //messages HTTP/1.1',
  'POST /messages# HTTP/1.1',
  'POST / HTTP/1.1',
  'PUT /messages HTTP/1.1',
  'GET /nowhere HTTP/1.1',
  'POST /messages HTTP/1.1 ',
  '\r\nPOST /messages HTTP/1.1',
  '\nPOST /messages HTTP/1.1',
];

type Change = (random: Random, text: string) => string;

const changes: readonly Change[] = [
  (random, text) => withLine(random, text, random.pick(odd)),
  (random, text) => withLine(random, text, random.pick(odd)),
  (random, text) => withLine(random, text, random.pick(odd)),
  (random, text) => withLine(random, text, random.pick(headOf(text).split('\r\n'))),
  (random, text) => text.replace(/^[^\r]*/, () => random.pick(firstLines)),
  (random, text) => text.replace(/content-length: \d+/i, () => random.pick(odd.filter((each) => each.startsWith('content-length')))),
  (random, text) =>
    text.replace(/(content-length: )(\d+)/i, (_whole, name: string, length: string) => name + (Number(length) + random.between(-9, 9))),
  (_random, text) => text.replace(/content-length: (\d+)/i, (all, length: string) => `${all}\r\nContent-Length: ${length}`),
  (_random, text) => text.replace(/\r\ncontent-length: \d+/i, ''),
  (random, text) => replacedOnce(random, text, '\r\n', random.pick(['\n', '\r', '\r\r\n', '\n\r', '\r\n\r\n'])),
  (random, text) => replacedOnce(random, text, ': ', random.pick([':', ' : ', ':\t', ':  ', ':\r\n '])),
  (_random, text) => text.replaceAll('\r\n', '\n'),
  (random, text) => insertedAt(random, text, String.fromCharCode(random.between(0, 255))),
  (random, text) => insertedAt(random, text, random.pick(['\r\n', '\r\n\r\n', ' ', '\t', '\u0000', '0\r\n\r\n'])),
  (random, text) => removedAt(random, text, 1),
  (random, text) => removedAt(random, text, random.between(1, 20)),
  (random, text) => text.slice(0, random.between(1, text.length)),
  flippedAt,
  flippedAt,
  (random, text) => text + random.pick(['\r\n', 'GARBAGE\r\n\r\n', ' ', '\u0016\u0003\u0001', 'G', '\r\n\r\n']),
];

/** @param mark - is in its messages */
export function plainInput(random: Random, mark: string): PlainInput {
  const requests: Buffer[] = [];
  for (let count = random.pick([1, 1, 2, 2, 3, 5]); count > 0; count -= 1) {
    let text = plainRequest(random, `${mark}-${count}`);
    for (let left = random.pick([0, 0, 0, 1, 1, 2, 3]); left > 0; left -= 1) text = random.pick(changes)(random, text);
    if (text !== '') requests.push(Buffer.from(text, 'latin1'));
  }
  return { requests, isHeap: random.chance(0.4) };
}

function plainRequest(random: Random, mark: string): string {
  const body = bodyOf(random, mark);
  const lines = [
    `Host: ${random.pick(['127.0.0.1', 'x', 'rlog.somewhere.example:5000'])}`,
    `content-type: ${random.pick(['application/json', 'application/json; charset=utf-8', 'application/json'])}`,
    `content-length: ${body.length}`,
  ];
  for (const each of [
    'Accept: */*',
    'accept-encoding: gzip, br',
    'User-Agent: curl/8.5.0',
    'Connection: keep-alive',
    'connection: Keep-Alive',
  ])
    if (random.chance(0.3) && !(each.startsWith('connection') && lines.some((line) => line.startsWith('Connection')))) lines.push(each);
  if (random.chance(0.2)) lines.push(`idempotency-key: ${random.pick([mark, 'the same for many', 'k'.repeat(255)])}`);
  if (random.chance(0.1)) lines.push('traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  if (random.chance(0.1)) lines.push(`authorization: ${random.pick(['Bearer x', 'Basic eDp5'])}`);
  return `POST /messages HTTP/1.1\r\n${random.shuffled(lines).join('\r\n')}\r\n\r\n${body}`;
}

/** One byte for each character. */
function bodyOf(random: Random, mark: string): string {
  return random.pick([
    `{"message":"${mark}"}`,
    `{"message":"${mark}"}`,
    `{"message":"${mark}","w":1}`,
    ` {"w":"majority", "message": {"of": ["${mark}", 1.50, null]}}\n`,
    `{"messages":["${mark}",2,[3]]}`,
    `{"message":"${mark}","w":3,"timeoutMs":50}`,
    `{"message":"${mark}${'x'.repeat(3000)}"}`,
    `{"message":"${mark}${'x'.repeat(70_000)}"}`,
    `{"messag":"${mark}"}`,
    `{"message":"${mark}","w":0}`,
    `"${mark}"`,
    '{}',
    // In it there is a whole request.
    `{"message":"${mark}","more":"\r\n\r\nPOST /messages HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"message":7}"}`,
  ]);
}

function headOf(text: string): string {
  return text.split('\r\n\r\n')[0] ?? '';
}

function withLine(random: Random, text: string, line: string): string {
  const lines = headOf(text).split('\r\n');
  const rest = text.slice(headOf(text).length);
  lines.splice(random.between(1, lines.length), 0, line);
  return lines.join('\r\n') + rest;
}

function replacedOnce(random: Random, text: string, what: string, by: string): string {
  const parts = headOf(text).length === text.length ? text.split(what) : text.slice(0, headOf(text).length + 4).split(what);
  const rest = text.slice(parts.join(what).length);
  if (parts.length < 2) return text;
  const at = random.between(1, parts.length - 1);
  return parts.slice(0, at).join(what) + by + parts.slice(at).join(what) + rest;
}

/** Somewhere in the first kilobyte: later there is nothing but one long message. */
function placeIn(random: Random, text: string): number {
  return random.between(0, Math.max(0, Math.min(text.length, 1000) - 1));
}

function insertedAt(random: Random, text: string, what: string): string {
  const at = placeIn(random, text);
  return text.slice(0, at) + what + text.slice(at);
}

function removedAt(random: Random, text: string, count: number): string {
  const at = placeIn(random, text);
  return text.slice(0, at) + text.slice(at + count);
}

function flippedAt(random: Random, text: string): string {
  const at = placeIn(random, text);
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.between(0, 7))) + text.slice(at + 1);
}
