import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { epoch } from '../../core/model/numbers.ts';
import { OuterAgent } from '../../io/outer-request.ts';
import type { LeaderTerms } from '../../ports/leader-caller.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import { anyone } from '../../trust/caller.ts';
import { TestLeader, neverAnswers, stores } from './forwarding.test-support.ts';
import type { Asked } from './forwarding.test-support.ts';
import { LeaderClient } from './leader-client.ts';
import type { LeaderRequest } from './leader-client.ts';
import { readTogether, togetherAnswer } from './together.ts';

const leaderClient = (): LeaderClient & Disposable => {
  const client = new LeaderClient('s1', { countMax: 100, bytesMax: 1e6 }, { agent: new OuterAgent({ keepAlive: true }) });
  // Others wait for the leader, too.
  for (let count = 0; count < 2; count += 1) client.admit(0);
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
};

const appendOf = (message: string, key?: string): LeaderRequest => ({
  method: 'POST',
  path: (timeoutMs) => `/messages?w=1&timeoutMs=${timeoutMs}`,
  headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
  body: Buffer.from(JSON.stringify({ message })),
  caller: anyone,
  isAppend: true,
});

const terms = (changes: Partial<LeaderTerms> = {}): LeaderTerms => ({
  ...{ epoch: epoch(5), timeoutMs: 5000, identity: undefined, takesTogether: true, over: new AbortController().signal },
  ...changes,
});

/** What it fails with. */
const caught = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );
const placed = (index: number): object => ({ offset: 10 + index, w: 1, acks: 2, epoch: 5 });
const begin = (response: ServerResponse): void => void response.writeHead(200, { 'content-type': 'application/x-ndjson' });
const countOf = ({ body }: Asked): number => readTogether(Buffer.from(body)).length;
const storedAt = (index: number): string => togetherAnswer(index, 201, JSON.stringify(placed(index)));
const refused = JSON.stringify({ code: 'key-reused', detail: 'another message', key: 'k' });

test('appends of one turn go in one request; each has its own settings and its own answer, and a refusal is for one of them', async () => {
  using leader = await new TestLeader((response) => {
    begin(response);
    response.write(storedAt(2) + togetherAnswer(1, 422, refused));
    response.end(storedAt(0));
  }).listen();
  using client = leaderClient();
  const identity = { forwarder: 7, number: 1 };
  const answers = [
    client.ask(leader.url, appendOf('a'), terms({ identity })),
    client.ask(leader.url, appendOf('b', 'k'), terms({ timeoutMs: 70 })),
    client.ask(leader.url, { ...appendOf('c'), caller: { name: 'ops', scopes: ['append'] } }, terms()),
  ];
  const [first, second, third] = await Promise.allSettled(answers);
  assert.deepEqual(
    [first, third].map((each) => each?.status === 'fulfilled' && each.value),
    [placed(0), placed(2)],
  );
  assert.ok(second?.status === 'rejected' && second.reason instanceof LogError);
  assert.deepEqual([second.reason.code, second.reason.facts], ['key-reused', { key: 'k' }]);
  assert.equal(leader.asked.length, 1);
  const [asked] = leader.asked;
  assert.deepEqual([asked?.url, asked?.headers['rlog-forwarded'], asked?.headers['rlog-leader-epoch']], ['/forwarded', 's1', '5']);
  assert.deepEqual(
    readTogether(Buffer.from(asked?.body ?? '')).map(({ target, headers, body }) => [target, headers, String(body)]),
    [
      ['/messages?w=1&timeoutMs=5000', ['rlog-forward-identity', '7-1'], '{"message":"a"}'],
      ['/messages?w=1&timeoutMs=70', ['idempotency-key', 'k'], '{"message":"b"}'],
      ['/messages?w=1&timeoutMs=5000', ['rlog-caller', 'ops;append'], '{"message":"c"}'],
    ],
  );
});

test('a leader that refuses them as a whole gets each alone', async () => {
  using leader = await new TestLeader((response, asked) => {
    if (asked.url === '/forwarded') response.writeHead(404).end(JSON.stringify({ code: 'not-found', detail: 'no such route' }));
    else stores(7, 5)(response);
  }).listen();
  using client = leaderClient();
  const answers = await Promise.all(['a', 'b'].map((message) => client.ask(leader.url, appendOf(message, message), terms())));
  assert.deepEqual(answers, [
    { offset: 7, acks: 2, epoch: 5 },
    { offset: 7, acks: 2, epoch: 5 },
  ]);
  const alone = leader.asked.slice(1).map(({ url, headers, body }) => [url, headers['idempotency-key'], body]);
  assert.deepEqual(alone.toSorted(), [
    ['/messages?w=1&timeoutMs=5000', 'a', '{"message":"a"}'],
    ['/messages?w=1&timeoutMs=5000', 'b', '{"message":"b"}'],
  ]);
});

test('when an answer breaks off, what was answered stays so, and the rest may have been stored', async () => {
  for (const rest of [
    (response: ServerResponse): void => void response.destroy(),
    (response: ServerResponse): void => void response.end(),
  ]) {
    using leader = await new TestLeader((response) => {
      begin(response);
      response.write(storedAt(0), () => rest(response));
    }).listen();
    using client = leaderClient();
    const [first, second] = await Promise.allSettled(['a', 'b'].map((message) => client.ask(leader.url, appendOf(message), terms())));
    assert.equal(first?.status, 'fulfilled');
    assert.ok(second?.status === 'rejected' && second.reason instanceof LogError);
    assert.equal(second.reason.code, 'forward-failed');
    // It is not sent again: that is for whoever knows whether it may be.
    assert.equal(leader.asked.length, 1);
  }
});

test('an answer that no leader gives, and a refusal by something else, leave the outcome open', async () => {
  for (const answer of [
    (response: ServerResponse): void => void response.writeHead(502).end('<html>'),
    (response: ServerResponse): void => void response.writeHead(502).end(JSON.stringify({ code: 'forward-failed' })),
    (response: ServerResponse): void => void response.writeHead(200).end('odd\n'),
    (response: ServerResponse): void => void response.writeHead(200).end(storedAt(2)),
  ]) {
    using leader = await new TestLeader(answer).listen();
    using client = leaderClient();
    for (const each of ['a', 'b'].map((message) => client.ask(leader.url, appendOf(message), terms())).map(caught))
      assert.equal(((await each) as LogError).code, 'forward-failed');
    assert.equal(leader.asked.length, 1);
  }
});

test('an append that waits long at the leader holds up none of those beside it, and no later one', { timeout: 20_000 }, async () => {
  using leader = await new TestLeader((response) => {
    begin(response);
    response.write(storedAt(1));
  }).listen();
  using client = leaderClient();
  const over = new AbortController();
  const slow: Promise<unknown>[] = [];
  for (let count = 1; count <= 4; count += 1) {
    slow.push(client.ask(leader.url, appendOf('slow'), terms({ over: over.signal })));
    assert.deepEqual(await client.ask(leader.url, appendOf('quick'), terms()), placed(1));
  }
  over.abort(new Error('no answer within 100 ms'));
  for (const each of slow.map(caught)) assert.match(String(await each), /no answer within 100 ms/);
});

test('one whose time is up ends alone, and those in the same request go on; the last one ends the request', {
  timeout: 20_000,
}, async () => {
  let left: () => void = () => undefined;
  const isLeft = new Promise<void>((resolve) => (left = resolve));
  using leader = await new TestLeader((response) => {
    begin(response);
    response.write(storedAt(1));
    response.once('close', left);
  }).listen();
  using client = leaderClient();
  const overs = [0, 1, 2].map(() => new AbortController());
  const answers = overs.map(({ signal }, index) => client.ask(leader.url, appendOf(String(index)), terms({ over: signal })));
  assert.deepEqual(await answers[1], placed(1));
  assert.equal(leader.asked.map(countOf).join(), '3');
  for (const index of [0, 2]) {
    overs[index]?.abort(new Error('its time is up'));
    await assert.rejects(answers[index] ?? Promise.resolve(), { code: 'forward-failed' });
  }
  await isLeft;
});

test('an append that was not sent yet, or found nobody, was not sent', async () => {
  using leader = await new TestLeader(neverAnswers).listen();
  using client = leaderClient();
  const { url } = leader;
  const askTwo = (over = new AbortController().signal): Promise<unknown>[] =>
    ['a', 'b'].map((message) => client.ask(url, appendOf(message), terms({ over }))).map(caught);
  const over = new AbortController();
  const waiting = askTwo(over.signal);
  over.abort(new Error('its time is up'));
  for (const each of waiting) assert.ok((await each) instanceof NotSent);
  assert.equal(leader.asked.length, 0);
  leader[Symbol.dispose]();
  for (const each of askTwo()) assert.ok((await each) instanceof NotSent);
});

test('a lone one and a large one go alone, and what is many goes in several requests', async () => {
  using leader = await new TestLeader((response, asked) => {
    if (asked.url === '/forwarded') response.end(Array.from({ length: countOf(asked) }, (_, index) => storedAt(index)).join(''));
    else stores(7, 5)(response);
  }).listen();
  using client = leaderClient();
  await client.ask(leader.url, appendOf('lone'), terms());
  await Promise.all([20_000, 1, 1].map((length) => client.ask(leader.url, appendOf('x'.repeat(length)), terms())));
  const paths = leader.asked.splice(0).map(({ url }) => url);
  assert.deepEqual(paths.toSorted(), ['/forwarded', '/messages?w=1&timeoutMs=5000', '/messages?w=1&timeoutMs=5000']);
  await Promise.all(Array.from({ length: 7 }, () => client.ask(leader.url, appendOf('x'.repeat(16_000)), terms())));
  assert.deepEqual(leader.asked.map(countOf), [4, 3]);
});
