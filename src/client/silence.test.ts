import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeCaller } from './node-caller.ts';
import type { Call } from './node-caller.ts';
import { ProblemError } from './problem-error.ts';
import { whyToTurn } from './silence.ts';
import type { Standing } from './silence.ts';

const led = (epoch: number): Standing => ({ leader: { id: `n${epoch}`, epoch } });
const unled: Standing = { leader: null };

/** Nodes that say how they are, or nothing; what is appended is answered as the test says, or never. */
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
      if (pathname === '/health') {
        this.asked += 1;
        const standing = this.#standings[host];
        if (standing !== undefined) resolve(Response.json(standing));
        return;
      }
      this.appended.push({ host, key: new Headers(init.headers).get('idempotency-key') });
      void this.#answer(host)?.then(resolve, reject);
    })) as typeof globalThis.fetch;

  calls(): NodeCaller {
    return new NodeCaller({ urls: ['http://a', 'http://b'], fetch: this.fetch }, { doubtAfterMs: 10 });
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

test('what is waited for at a node that does not know of the newest leader goes, under its key, to one that does, and stays there', async () => {
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

test('a node that waits for others, as it was told to, is waited for', async () => {
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

test('a node that was silent until the time was over is not the one that is asked next', async () => {
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

test('another node is better if it answers and this one does not, or if it knows of a later leader', () => {
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
