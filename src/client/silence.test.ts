import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeCaller } from './node-caller.ts';
import type { Call } from './node-caller.ts';
import { ProblemError } from './problem-error.ts';
import type { ProblemCode } from './problem-error.ts';
import { betterThan, watchQuiet, whyToTurn } from './silence.ts';
import type { Standing } from './silence.ts';

const led = (epoch: number): Standing => ({ leader: { id: `n${epoch}`, epoch } });
const unled: Standing = { leader: null };

function noLeader(): Response {
  return Response.json({ code: 'no-leader', detail: 'd', outcome: 'rejected', retryable: true }, { status: 503 });
}

/** Nodes that tell who leads, or are silent; appends are answered as the test says, or never. */
class Nodes {
  readonly appended: { readonly host: string; readonly key: string | null }[] = [];
  readonly #standings: Readonly<Record<string, Standing | undefined>>;
  readonly #answer: (host: string) => Promise<Response> | undefined;
  asked = 0;

  constructor(standings: Readonly<Record<string, Standing | undefined>>, answer: (host: string) => Promise<Response> | undefined) {
    this.#standings = standings;
    this.#answer = answer;
  }

  readonly fetch = ((url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      const { host, pathname } = new URL(url);
      if (pathname === '/leader') {
        this.asked += 1;
        const standing = this.#standings[host];
        if (standing !== undefined) resolve(standing.leader === null ? noLeader() : Response.json(standing.leader));
        return;
      }
      this.appended.push({ host, key: new Headers(init.headers).get('idempotency-key') });
      void this.#answer(host)?.then(resolve, reject);
    })) as typeof globalThis.fetch;

  calls(): NodeCaller {
    return new NodeCaller({ urls: ['http://a', 'http://b'], fetch: this.fetch, learnNodes: false }, { doubtAfterMs: 10 });
  }
}

const append = (timeoutMs = 20_000): Call<unknown> => ({
  method: 'POST',
  path: '/messages',
  headers: { 'idempotency-key': 'k' },
  body: () => '{}',
  timeoutMs,
  signal: undefined,
  read: (response) => response.json(),
});
const stored = (): Promise<Response> => Promise.resolve(Response.json({ offset: 0 }));

test('an append that waits at a node with an outdated leader goes, under its key, to a node that knows the latest, and so do later ones', async () => {
  const nodes = new Nodes({ a: led(5), b: led(6) }, (host) => (host === 'b' ? stored() : undefined));
  const caller = nodes.calls();
  assert.deepEqual(await caller.call(append()), { offset: 0 });
  assert.deepEqual(nodes.appended, [
    { host: 'a', key: 'k' },
    { host: 'b', key: 'k' },
  ]);
  assert.deepEqual(await caller.call(append()), { offset: 0 });
  assert.equal(nodes.appended.at(-1)?.host, 'b');
});

test('a node that knows the leader is waited for', async () => {
  const late = Promise.withResolvers<Response>();
  const nodes = new Nodes({ a: led(5), b: led(5) }, () => late.promise);
  const answer = nodes.calls().call(append());
  while (nodes.asked < 6) await new Promise((resolve) => setImmediate(resolve));
  late.resolve(await stored());
  assert.deepEqual(await answer, { offset: 0 });
  assert.deepEqual(
    nodes.appended.map(({ host }) => host),
    ['a'],
  );
});

test('after a node was silent until the timeout, another one is asked next', async () => {
  const nodes = new Nodes({}, (host) => (host === 'b' ? stored() : undefined));
  const caller = nodes.calls();
  const late = await caller.try('http://a', { ...append(), body: '{}' }, 10);
  assert.ok('problem' in late && late.problem instanceof ProblemError);
  assert.deepEqual([late.problem.code, late.problem.outcome, late.retryAfterMs], ['unreachable', 'unknown', 5000]);
  caller.leave('http://a', late, { now: performance.now(), restMs: late.retryAfterMs ?? 0 });
  assert.deepEqual(await caller.call(append()), { offset: 0 });
  assert.deepEqual(
    nodes.appended.map(({ host }) => host),
    ['a', 'b'],
  );
});

test('a node that does not answer at all is left within two seconds, and left alone for five', async () => {
  const nodes = new Nodes({ b: led(5) }, (host) => (host === 'b' ? stored() : undefined));
  const caller = new NodeCaller({ urls: ['http://a', 'http://b'], fetch: nodes.fetch, learnNodes: false });
  const begunAt = performance.now();
  assert.deepEqual(await caller.call(append()), { offset: 0 });
  assert.ok(performance.now() - begunAt < 2500);
  assert.deepEqual(
    nodes.appended.map(({ host }) => host),
    ['a', 'b'],
  );
  // a is left alone for its five seconds; but it is asked soon if b is gone and there is no other node.
  const waitMs = (code: ProblemCode): number => {
    const problem = new ProblemError({ code, detail: 'd', outcome: 'rejected', retryable: true });
    caller.nodes.turnTo('http://b');
    return caller.leave('http://b', { problem }, { now: performance.now(), restMs: 60_000 });
  };
  const restMs = waitMs('no-room');
  assert.equal(caller.nodes.current, 'http://a');
  assert.ok(restMs > 4000 && restMs <= 5000, String(restMs));
  assert.equal(waitMs('unreachable'), 250);
});

test('an older node, which has no such route, does not count as silent', async () => {
  const late = Promise.withResolvers<Response>();
  const nodes = new Nodes({ b: led(5) }, () => late.promise);
  let asked = 0;
  const fetch = ((url: string, init: RequestInit) => {
    if (new URL(url).pathname !== '/leader') return nodes.fetch(url, init);
    asked += 1;
    return Promise.resolve(new Response('not found', { status: 404 }));
  }) as typeof globalThis.fetch;
  const answer = new NodeCaller({ urls: ['http://a', 'http://b'], fetch, learnNodes: false }, { doubtAfterMs: 10 }).call(append());
  while (asked < 6) await new Promise((resolve) => setImmediate(resolve));
  late.resolve(await stored());
  assert.deepEqual(await answer, { offset: 0 });
});

test('a stream without entries is left only if its node knows of no leader and another one does', async () => {
  const there = led(6);
  const cases: readonly (readonly [Standing | undefined, Standing | undefined, boolean])[] = [
    [unled, there, true],
    [unled, unled, false],
    [unled, undefined, false],
    [led(5), there, false],
    [undefined, there, false],
  ];
  for (const [here, other, isLeft] of cases) {
    let rounds = 0;
    const outcome = await new Promise<string>((resolve) => {
      const unwatch = watchQuiet({
        url: 'http://a',
        others: () => ['http://b'],
        standingOf: (url) => Promise.resolve(url === 'http://a' ? here : other),
        afterMs: 1,
        isQuiet: () => {
          rounds += 1;
          if (rounds > 3) {
            unwatch();
            resolve('goes on');
          }
          // Not in the first round, in which an entry came.
          return rounds > 1;
        },
        giveUp: ({ turnTo }) => resolve(turnTo),
      });
    });
    assert.equal(outcome, isLeft ? 'http://b' : 'goes on', JSON.stringify([here, other]));
    if (isLeft) assert.equal(rounds, 2);
  }
});

test('among several nodes, the one that knows the latest leader is chosen', () => {
  assert.deepEqual(betterThan(undefined, [undefined, unled, undefined])?.at, 1);
  assert.deepEqual(betterThan(led(5), [undefined, led(5), led(7), led(6)])?.at, 2);
  assert.equal(betterThan(led(5), [undefined, undefined]), undefined);
  assert.equal(betterThan(undefined, []), undefined);
});

test('another node is better if it answers and this one does not, or if it knows a later leader', () => {
  assert.ok(whyToTurn(undefined, unled) !== undefined);
  assert.ok(whyToTurn(unled, led(5)) !== undefined);
  assert.ok(whyToTurn(led(5), led(6)) !== undefined);
  for (const [here, there] of [
    [undefined, undefined],
    [led(5), undefined],
    [led(5), unled],
    [unled, unled],
    [led(5), led(5)],
    [led(6), led(5)],
  ] as const)
    assert.equal(whyToTurn(here, there), undefined);
});
