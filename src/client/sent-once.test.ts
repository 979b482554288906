import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';

interface Sent {
  readonly host: string;
  readonly path: string;
  readonly key: string | null;
  readonly body: unknown;
}

/** A client without retries, and two nodes that answer as the test says. */
function clientOf(answer: (sent: Sent) => Response | Promise<Response>): { readonly client: LogClient; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const fetch = ((input: string, { headers, body, signal }: RequestInit) => {
    const { host, pathname: path } = new URL(input);
    const request = { host, path, key: new Headers(headers).get('idempotency-key'), body };
    sent.push(request);
    const gone = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
    return Promise.race([Promise.resolve(answer(request)), gone]);
  }) as typeof globalThis.fetch;
  return { client: new LogClient({ urls: ['http://a', 'http://b'], fetch, retry: false, timeoutMs: Infinity }), sent };
}

const stored = (): Response => Response.json({ offset: 7, count: 1, w: 'all', acks: 3, epoch: 2 });

test('without retries, appends are sent one by one, with a key or a timeout only if the caller gives one', async () => {
  const { client, sent } = clientOf(stored);
  const appended = await Promise.all([
    client.append('one'),
    client.appendTexts(['1.0', '[ 2 ]'], { w: 'all', timeoutMs: 5000 }),
    client.append('three', { idempotencyKey: 'k' }),
  ]);
  assert.deepEqual(appended[0], { offset: 7, epoch: 2, w: 'all', acks: 3 });
  assert.equal(appended[1].count, 2);
  // What is left of the time is sent.
  const whole = sent.map((each) => ({ ...each, body: String(each.body).replace(/"timeoutMs":4\d{3}/, '"timeoutMs":5000') }));
  assert.deepEqual(whole, [
    { host: 'a', path: '/messages', key: null, body: '{"messages":["one"]}' },
    { host: 'a', path: '/messages', key: null, body: '{"w":"all","timeoutMs":5000,"messages":[1.0,[ 2 ]]}' },
    { host: 'a', path: '/messages', key: 'k', body: '{"messages":["three"]}' },
  ]);
});

test('without retries, a refusal is final, and has the title and the detail of the node', async () => {
  const problem = { code: 'no-quorum', title: 'Too few', detail: 'n2 is away', outcome: 'rejected', retryable: true, status: 503 };
  const { client, sent } = clientOf(() => Response.json(problem, { status: 503, headers: { 'retry-after': '0' } }));
  const { code, title, detail, outcome, status } = problem;
  const message = 'n2 is away (no-quorum, rejected)';
  for (const call of [() => client.append(1), () => client.status(), () => client.read().next(), () => client.readTexts().next()])
    await assert.rejects(call, { name: 'ProblemError', code, title, detail, outcome, status, message });
  await assert.rejects(() => client.follow().next(), { code, title });
  assert.equal(sent.length, 5);
});

test('a silent node is given up after the silenceMs of the call', async () => {
  const { client, sent } = clientOf(() => new Promise<Response>(() => undefined));
  const silent = { code: 'unreachable', title: undefined };
  await assert.rejects(client.status({ silenceMs: 20 }), {
    ...silent,
    outcome: 'rejected',
    detail: 'no answer from http://a/health: it said nothing for 20 ms',
  });
  await assert.rejects(client.append('x', { timeoutMs: 1, silenceMs: 20 }), { ...silent, outcome: 'unknown' });
  assert.equal(sent.length, 2);
});

test('a text that is not JSON is not sent, and an append that is answered without JSON is unknown', async () => {
  const { client, sent } = clientOf(() => new Response('<html>'));
  await assert.rejects(client.appendTexts(['1], "w": 1, "messages": [2']), TypeError);
  await assert.rejects(client.appendTexts([]), TypeError);
  await assert.rejects(client.status({ silenceMs: 0 }), RangeError);
  assert.equal(sent.length, 0);
  const notJson = { code: 'bad-answer', detail: /^http:\/\/a\/\w+ answered 200, and not with JSON/ };
  await assert.rejects(client.append('x'), { ...notJson, outcome: 'unknown' });
  await assert.rejects(client.status(), { ...notJson, outcome: 'rejected' });
});
