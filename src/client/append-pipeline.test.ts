import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchEntriesMax, batchLength } from './batching.ts';
import type { Batchable } from './batching.ts';
import { LogClient } from './log-client.ts';
import { ProblemError } from './problem-error.ts';
import type { WriteConcern } from '../api/entries.ts';

interface Sent {
  readonly messages: readonly unknown[];
  readonly keys: readonly (string | null)[] | undefined;
  readonly w: WriteConcern | undefined;
  readonly timeoutMs: number;
  readonly key: string;
  readonly answer: (status: number, body: object, headers?: Record<string, string>) => void;
  readonly breakOff: (code?: string) => void;
  readonly signal: AbortSignal;
}

/** A node that answers when the test says so. */
class SilentNode {
  readonly sent: Sent[] = [];
  #next = 0;

  readonly fetch = ((_url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const { messages, keys, w, timeoutMs } = JSON.parse(init.body as string) as Pick<Sent, 'messages' | 'keys' | 'w' | 'timeoutMs'>;
      const key = new Headers(init.headers).get('idempotency-key') ?? '';
      const signal = init.signal ?? new AbortController().signal;
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      this.sent.push({
        ...{ messages, keys, w, timeoutMs, key, signal },
        answer: (status, body, headers = {}) => resolve(new Response(JSON.stringify(body), { status, headers })),
        breakOff: (code = 'ECONNRESET') =>
          reject(Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) })),
      });
    })) as typeof globalThis.fetch;

  /** Resolves with the next request, when it has been sent. */
  async request(): Promise<Sent> {
    const index = this.#next;
    this.#next += 1;
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      const sent = this.sent[index];
      if (sent !== undefined) return sent;
      await turn();
    }
    throw new Error('no request came');
  }

  client(options: { readonly w?: WriteConcern; readonly timeoutMs?: number } = {}): LogClient {
    return new LogClient({ urls: 'http://node', fetch: this.fetch, ...options });
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function stored(sent: Sent, offset: number): void {
  sent.answer(201, { offset, count: sent.messages.length, w: sent.w ?? 'all', acks: 3, epoch: 1 });
}

function refused(sent: Sent, code: string, facts: object = {}): void {
  const status = code === 'no-quorum' ? 503 : code === 'concern-timeout' ? 504 : 413;
  const isUnknown = code === 'concern-timeout';
  sent.answer(status, { code, detail: 'refused', outcome: isUnknown ? 'unknown' : 'rejected', retryable: status > 500, ...facts });
}

function failure(promise: Promise<unknown>): Promise<ProblemError> {
  return promise.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => (error instanceof ProblemError ? error : assert.fail(String(error))),
  );
}

test('appends that wait while a request is in progress share the next one, and each gets its own offset', async () => {
  const node = new SilentNode();
  const client = node.client();
  const first = [client.append('a'), client.append('b')];
  const one = await node.request();
  assert.deepEqual(one.messages, ['a', 'b']);
  const second = [client.append('c'), client.appendMany(['d', 'e']), client.append('f')];
  await turn();
  assert.equal(node.sent.length, 1);
  stored(one, 10);
  assert.deepEqual(await Promise.all(first), [
    { offset: 10, epoch: 1, w: 'all', acks: 3 },
    { offset: 11, epoch: 1, w: 'all', acks: 3 },
  ]);
  const two = await node.request();
  assert.deepEqual(two.messages, ['c', 'd', 'e', 'f']);
  assert.notEqual(two.key, one.key);
  stored(two, 20);
  assert.deepEqual(
    (await Promise.all(second)).map((appended) => [appended.offset, 'count' in appended ? appended.count : undefined]),
    [
      [20, undefined],
      [21, 2],
      [23, undefined],
    ],
  );
});

test('a retry has the same key and the same messages', async () => {
  const node = new SilentNode();
  const client = node.client();
  const appended = client.append('a');
  const one = await node.request();
  const later = client.append('b');
  one.breakOff();
  const again = await node.request();
  assert.deepEqual([again.key, again.messages], [one.key, ['a']]);
  assert.ok(again.timeoutMs <= one.timeoutMs);
  refused(again, 'no-quorum');
  const third = await node.request();
  assert.equal(third.key, one.key);
  stored(third, 5);
  assert.equal((await appended).offset, 5);
  stored(await node.request(), 6);
  assert.equal((await later).offset, 6);
});

test('onRetry is called for each append before each retry, and not when the append fails for good', async () => {
  const node = new SilentNode();
  const heard: string[] = [];
  const thrown = new Error('no more of this');
  const append = (message: string, onRetry?: (reason: ProblemError) => void): Promise<unknown> =>
    node.client().append(message, { onRetry: onRetry ?? (({ code }) => heard.push(`${message}: ${code}`)) });
  const appended = append('a');
  const one = await node.request();
  one.breakOff();
  refused(await node.request(), 'no-quorum');
  stored(await node.request(), 5);
  await appended;
  assert.deepEqual(heard, ['a: unreachable', 'a: no-quorum']);

  const refusal = failure(append('b'));
  refused(await node.request(), 'message-too-large');
  await refusal;
  assert.equal(heard.length, 2);

  const client = node.client();
  const throwing = client.append('c', {
    onRetry: () => {
      throw thrown;
    },
  });
  const neighbour = client.append('d', { onRetry: () => heard.push('d') });
  (await node.request()).breakOff();
  await assert.rejects(throwing, thrown);
  stored(await node.request(), 6);
  await neighbour;
  assert.equal(heard.at(-1), 'd');
});

test('a message that is refused does not fail its neighbours, and they keep their order', async () => {
  const node = new SilentNode();
  const client = node.client();
  const messages = ['a', 'b', 'too large', 'c', 'd'];
  const appended = messages.map((message) => client.append(message));
  const refusal = failure(appended[2] ?? Promise.resolve());
  const order: unknown[] = [];
  for (let isOver = false; !isOver; isOver = order.length === 4) {
    const sent = await node.request();
    if (sent.messages.includes('too large')) {
      refused(sent, 'message-too-large', { bytesMax: 8 });
      if (sent.messages.length > 1) continue;
      const problem = await refusal;
      assert.deepEqual(
        [problem.code, problem.outcome, problem.retryable, problem.facts],
        ['message-too-large', 'rejected', false, { bytesMax: 8 }],
      );
    } else {
      stored(sent, order.length);
      order.push(...sent.messages);
    }
  }
  assert.deepEqual(order, ['a', 'b', 'c', 'd']);
  assert.deepEqual(
    (await Promise.allSettled(appended)).map((result) => (result.status === 'fulfilled' ? result.value.offset : 'refused')),
    [0, 1, 'refused', 2, 3],
  );
  assert.equal(
    new Set(node.sent.map((sent) => sent.key)).size,
    node.sent.length,
    'messages that are sent again in another combination have a new key',
  );
});

test('an append that an earlier try may have stored is not reported as rejected', async () => {
  const node = new SilentNode();
  const client = node.client({ timeoutMs: 100 });
  const problem = failure(client.append('a'));
  (await node.request()).breakOff();
  const again = await node.request();
  again.answer(413, { code: 'message-too-large', detail: 'x', outcome: 'rejected', retryable: false });
  assert.deepEqual([(await problem).code, (await problem).outcome], ['message-too-large', 'unknown']);
});

test('an append whose connection was never made is rejected', async () => {
  const node = new SilentNode();
  const problem = failure(node.client({ timeoutMs: 1 }).append('a'));
  (await node.request()).breakOff('ECONNREFUSED');
  assert.deepEqual([(await problem).code, (await problem).outcome, (await problem).retryable], ['unreachable', 'rejected', true]);
});

test('appends with different write concerns are sent separately, and one that waits for less is not held up by one that waits for all', async () => {
  const node = new SilentNode();
  const client = node.client();
  const all = client.append('for all', { w: 'all' });
  const slow = await node.request();
  assert.equal(slow.w, 'all');
  const one = client.append('for one', { w: 1 });
  // The offset of the first append is certain before the second is sent.
  const probe = await node.request();
  assert.deepEqual([probe.w, probe.key, probe.messages], ['majority', slow.key, ['for all']]);
  await turn();
  assert.equal(node.sent.length, 3 - 1);
  stored(probe, 7);
  const quick = await node.request();
  assert.deepEqual([quick.w, quick.messages], [1, ['for one']]);
  stored(quick, 8);
  assert.equal((await one).offset, 8);
  refused(slow, 'concern-timeout', { offset: 7 });
  stored(await node.request(), 7);
  assert.equal((await all).offset, 7);
});

test('when a request times out, each append in it learns the offset of its own message', async () => {
  const node = new SilentNode();
  const client = node.client({ timeoutMs: 1 });
  const failures = ['a', 'b', 'c'].map((message) => failure(client.append(message, { w: 3 })));
  refused(await node.request(), 'concern-timeout', { offset: 40, acks: 2 });
  assert.deepEqual(
    (await Promise.all(failures)).map(({ code, outcome, facts }) => [code, outcome, facts['offset'], facts['acks']]),
    [40, 41, 42].map((offset) => ['concern-timeout', 'unknown', offset, 2]),
  );
});

test('an append that is aborted in the queue is not sent, and one that is aborted later does not affect the others', async () => {
  const node = new SilentNode();
  const client = node.client();
  const [early, late] = [new AbortController(), new AbortController()];
  const first = [client.append('a'), client.append('b', { signal: late.signal })];
  const sent = await node.request();
  const waiting = client.append('c', { signal: early.signal });
  early.abort(new Error('enough'));
  late.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(first[1] ?? Promise.resolve(), /enough/);
  assert.equal(sent.signal.aborted, false);
  stored(sent, 0);
  assert.equal((await first[0])?.offset, 0);
  await turn();
  assert.equal(node.sent.length, 1);
  // When no append waits any more, the request is aborted.
  const alone = new AbortController();
  const last = client.append('d', { signal: alone.signal });
  const lone = await node.request();
  alone.abort(new Error('enough'));
  await assert.rejects(last, /enough/);
  assert.equal(lone.signal.aborted, true);
});

test('an append whose timeout expires in the queue is not sent', async () => {
  const node = new SilentNode();
  const client = node.client();
  const slow = client.append('slow');
  const sent = await node.request();
  const problem = await failure(client.append('late', { timeoutMs: 1 }));
  assert.deepEqual([problem.code, problem.outcome, problem.retryable], ['not-sent', 'rejected', true]);
  stored(sent, 0);
  await slow;
});

test('what is pending are the messages that have no answer yet, however their appends end', async () => {
  const node = new SilentNode();
  const client = node.client();
  const [late, early] = [new AbortController(), new AbortController()];
  const appended = [client.append('a'), client.appendMany(['b', 'c']), client.append('d', { signal: late.signal })];
  const sent = await node.request();
  const waiting = client.append('e', { signal: early.signal });
  assert.equal(client.pending, 5);
  early.abort();
  await assert.rejects(waiting);
  late.abort();
  await assert.rejects(appended[2] ?? Promise.resolve());
  assert.equal(client.pending, 3);
  stored(sent, 0);
  await Promise.all(appended.slice(0, 2));
  assert.equal(client.pending, 0);
  const refusal = failure(client.append('f', { timeoutMs: 1 }));
  refused(await node.request(), 'message-too-large');
  await refusal;
  assert.equal(client.pending, 0);
});

test('appends with keys of their own share a request with others, and each gets the offset of its message', async () => {
  const node = new SilentNode();
  const client = node.client();
  const appended = [client.append('a'), client.append('b', { key: 'order-17' }), client.append('c', { key: 'order-18' })];
  const sent = await node.request();
  assert.deepEqual([sent.messages, sent.key], [['a', 'b', 'c'], '']);
  assert.deepEqual(sent.keys?.slice(1), ['order-17', 'order-18']);
  const group = client.appendMany(['d', 'e'], { keys: ['order-19', null] });
  sent.breakOff();
  const again = await node.request();
  assert.deepEqual(again.keys, sent.keys, 'a retry has the same keys, those that the client drew as well');
  again.answer(201, { offset: 20, offsets: [20, 7, 21], epochs: [4, 2, 4], count: 3, w: 'majority', acks: 2, epoch: 4 });
  const answer = { w: 'majority', acks: 2 };
  assert.deepEqual(await Promise.all(appended), [
    { offset: 20, epoch: 4, ...answer },
    { offset: 7, epoch: 2, ...answer },
    { offset: 21, epoch: 4, ...answer },
  ]);
  const two = await node.request();
  assert.equal(two.keys?.[0], 'order-19');
  two.answer(201, { offset: 9, offsets: [9, 22], count: 2, w: 'majority', acks: 2, epoch: 4 });
  assert.deepEqual(await group, { offset: 9, count: 2, offsets: [9, 22], epoch: 4, ...answer });
});

test('an append alone has its key in the header, which every version of a node knows', async () => {
  const node = new SilentNode();
  const appended = node.client().append('a', { key: 'order-17' });
  const sent = await node.request();
  assert.deepEqual([sent.key, sent.keys], ['order-17', undefined]);
  stored(sent, 4);
  await appended;
});

test('a key that was used for another message fails its own append only', async () => {
  const node = new SilentNode();
  const client = node.client();
  const appended = ['a', 'b', 'c', 'd'].map((message) => client.append(message, { key: `key of ${message}` }));
  const refusal = failure(appended[1] ?? Promise.resolve());
  let next = 0;
  while (next < 3) {
    const sent = await node.request();
    if (sent.messages.includes('b')) {
      sent.answer(422, { code: 'key-reused', detail: 'x', outcome: 'rejected', retryable: false, offset: 1 });
      continue;
    }
    const offsets = sent.messages.map(() => (next += 1));
    sent.answer(201, { offset: offsets[0], ...(sent.keys !== undefined && { offsets }), count: offsets.length, w: 1, acks: 1, epoch: 1 });
  }
  assert.deepEqual([(await refusal).code, (await refusal).outcome], ['key-reused', 'rejected']);
  assert.deepEqual(
    (await Promise.allSettled(appended)).map((result) => (result.status === 'fulfilled' ? result.value.offset : undefined)),
    [1, undefined, 2, 3],
  );
});

test('a node of an older version, which knows no keys of messages, gets such appends one by one, in order', async () => {
  const node = new SilentNode();
  const client = node.client();
  const unknown = { code: 'bad-request', detail: 'unknown field "keys"', outcome: 'rejected', retryable: false, field: 'keys' };
  const appended = [client.append('a', { key: 'a1' }), client.append('b'), client.append('c', { key: 'c1' })];
  const one = await node.request();
  assert.equal(one.keys?.length, 3);
  one.answer(400, unknown);
  const later = [client.append('d', { key: 'd1' }), client.append('e')];
  for (const [offset, message] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const sent = await node.request();
    assert.deepEqual([sent.messages, sent.keys], [[message], undefined]);
    assert.equal(sent.key, message === 'b' || message === 'e' ? sent.key : `${message}1`);
    stored(sent, offset);
  }
  assert.deepEqual(
    (await Promise.all([...appended, ...later])).map(({ offset }) => offset),
    [0, 1, 2, 3, 4],
  );
  const group = failure(client.appendMany(['f', 'g'], { keys: ['f1', 'g1'] }));
  (await node.request()).answer(400, unknown);
  assert.deepEqual([(await group).code, (await group).outcome], ['upgrade-pending', 'rejected']);
});

test('what a node may have stored before one of an older version refused its keys is unknown, if that refuses it as well', async () => {
  const node = new SilentNode();
  const client = node.client();
  const problems = ['a', 'b'].map((message) => failure(client.append(message, { key: message })));
  (await node.request()).breakOff();
  const again = await node.request();
  again.answer(400, { code: 'bad-request', detail: 'x', outcome: 'rejected', retryable: false, field: 'keys' });
  for (let sent = 0; sent < 2; sent += 1) refused(await node.request(), 'message-too-large');
  assert.deepEqual(
    (await Promise.all(problems)).map(({ code, outcome }) => [code, outcome]),
    ['message-too-large', 'message-too-large'].map((code) => [code, 'unknown']),
  );
});

test('without retries keys that were not given are not drawn', async () => {
  const node = new SilentNode();
  const appended = new LogClient({ urls: 'http://node', fetch: node.fetch, retry: false }).appendMany(['a', 'b'], { keys: ['k', null] });
  const sent = await node.request();
  assert.deepEqual(sent.keys, ['k', null]);
  sent.answer(201, { offset: 3, offsets: [3, 4], count: 2, w: 1, acks: 1, epoch: 1 });
  assert.deepEqual((await appended).offsets, [3, 4]);
});

test('an invalid argument is refused before anything is sent', async () => {
  const node = new SilentNode();
  const client = node.client();
  await assert.rejects(client.append(undefined), TypeError);
  await assert.rejects(client.append(1n), TypeError);
  await assert.rejects(client.appendMany([]), TypeError);
  await assert.rejects(client.append('a', { w: 0 }), RangeError);
  await assert.rejects(client.append('a', { timeoutMs: 0.5 }), RangeError);
  await assert.rejects(client.append('a', { idempotencyKey: 'з' }), RangeError);
  await assert.rejects(client.append('a', { key: '' }), { name: 'RangeError', message: /^"key" must be/ });
  await assert.rejects(client.append('a', { key: 'a', idempotencyKey: 'b' }), TypeError);
  await assert.rejects(client.appendMany(['a'], { key: 'a', keys: ['b'] }), TypeError);
  await assert.rejects(client.appendMany(['a', 'b'], { keys: ['b'] }), RangeError);
  await assert.rejects(client.appendMany(['a'], { keys: [' '] }), { name: 'RangeError', message: /^"keys" must/ });
  await assert.rejects(client.append('a', { signal: AbortSignal.abort(new Error('gone')) }), /gone/);
  assert.throws(() => client.read({ from: -1 }), RangeError);
  assert.equal(node.sent.length, 0);
});

test('a request stays within its limits', () => {
  const item = (count: number, bytesMax: number): Batchable => ({
    texts: Array.from({ length: count }, () => '0'),
    bytesMax,
    silenceMs: undefined,
    w: 1,
    timeoutMs: 1,
    key: undefined,
    keys: undefined,
  });
  const lengthOf = (queue: readonly Batchable[], takesKeys = true): number => batchLength(queue, takesKeys);
  assert.equal(lengthOf([]), 0);
  assert.equal(lengthOf([item(1, 1), item(1, 1), { ...item(1, 1), w: 2 }]), 2);
  assert.equal(lengthOf([item(1, 1), { ...item(1, 1), timeoutMs: 2 }]), 1);
  assert.equal(lengthOf([item(batchEntriesMax, 1), item(1, 1)]), 1);
  assert.equal(lengthOf([item(1, 3e6), item(1, 3e6)]), 1);
  // An append that is larger than the limit is sent alone.
  assert.equal(lengthOf([item(1, 1e9), item(1, 1)]), 1);
  // Keys: a message that was given alone may have one of its own, a group has one for all or one for each.
  const [plain, group, keyed] = [item(1, 1), item(2, 1), { ...item(1, 1), key: 'a' }];
  const [keyedGroup, groupWithKeys] = [
    { ...group, key: 'b' },
    { ...group, keys: ['c', null] },
  ];
  assert.equal(lengthOf([plain, keyed, groupWithKeys, plain]), 4);
  assert.equal(lengthOf([plain, group, keyed]), 2);
  assert.equal(lengthOf([keyed, group]), 1);
  assert.equal(lengthOf([keyedGroup, plain]), 1);
  assert.equal(lengthOf([plain, keyedGroup]), 1);
  assert.equal(lengthOf([plain, plain, keyed], false), 2);
  assert.equal(lengthOf([keyed, plain], false), 1);
});
