import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import { ProblemError } from './problem-error.ts';

interface Asked {
  readonly host: string;
  readonly path: string;
  readonly lastEventId: string | null;
}

/** Answers the requests in turn with the given answers. */
class Nodes {
  readonly asked: Asked[] = [];
  readonly #answers: (() => Response)[];

  constructor(answers: readonly (() => Response)[]) {
    this.#answers = [...answers];
  }

  readonly fetch = ((input: string, init: RequestInit) => {
    const { host, pathname, search } = new URL(input);
    this.asked.push({ host, path: pathname + search, lastEventId: new Headers(init.headers).get('last-event-id') });
    const answer = this.#answers.shift();
    return answer === undefined ? Promise.reject(new TypeError('nobody')) : Promise.resolve(answer());
  }) as typeof globalThis.fetch;

  client(options: { readonly retry?: boolean; readonly learnNodes?: boolean } = {}): LogClient {
    return new LogClient({ urls: ['http://a', 'http://b'], fetch: this.fetch, ...options });
  }
}

const entry = (offset: number, message = '1.0'): string =>
  `{"offset":${offset},"epoch":1,"timestamp":"2026-01-01T00:00:00.000Z","message":${message}}`;

/** A body that arrives in these pieces, and then ends, breaks off or stalls. */
function body(
  pieces: readonly (string | Uint8Array)[],
  then: 'ends' | 'breaks' | 'waits' = 'ends',
  headers: Record<string, string> = {},
): () => Response {
  const left = [...pieces];
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
      else if (then === 'ends') controller.close();
      else if (then === 'breaks') controller.error(new Error('reset'));
    },
  });
  return () => new Response(stream, { headers });
}

async function all(texts: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const text of texts) list.push(text);
  return list;
}

test('entries are yielded as they were sent, wherever the pieces of the answer end', async () => {
  const texts = [entry(0, '1.0'), entry(1, '"a\u2028\u00e9b"'), entry(2, '12345678901234567890')];
  const bytes = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(''));
  const nodes = new Nodes([body(Array.from(bytes, (byte) => Uint8Array.of(byte))), body([])]);
  const client = nodes.client();
  assert.deepEqual(await all(client.readTexts()), texts);
  assert.deepEqual(await all(client.readTexts({ from: 3, limit: 0, level: 'committed' })), []);
  assert.deepEqual(
    nodes.asked.map(({ path }) => path),
    ['/messages', '/messages?from=3&limit=0&read=committed'],
  );
});

test('after an answer that breaks off or stalls, it continues at another node, after the last entry', async () => {
  const cluster = { 'rlog-cluster': '0123456789abcdef' };
  const nodes = new Nodes([
    body([`${entry(5)}\n${entry(6)}\n{"off`], 'breaks', cluster),
    body([`${entry(7)}\n`], 'waits', cluster),
    body([`${entry(8)}\n`], 'ends', cluster),
  ]);
  assert.deepEqual(
    await all(nodes.client().readTexts({ from: 5, limit: 10, silenceMs: 30 })),
    [5, 6, 7, 8].map((n) => entry(n)),
  );
  assert.deepEqual(nodes.asked, [
    { host: 'a', path: '/messages?from=5&limit=10', lastEventId: null },
    { host: 'b', path: '/messages?from=7&limit=8', lastEventId: '1:6@01234567' },
    { host: 'a', path: '/messages?from=8&limit=7', lastEventId: '1:7@01234567' },
  ]);
});

test('entries of another log, or entries after a gap, are refused', async () => {
  const began = body([`${entry(0)}\n`], 'breaks', { 'rlog-cluster': '0123456789abcdef' });
  const anew = new Nodes([began, body([`${entry(1)}\n`], 'ends', { 'rlog-cluster': 'ffffffffffffffff' })]);
  const isCode = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;
  await assert.rejects(all(anew.client().readTexts()), isCode('history-changed'));
  const gap = new Nodes([body([`${entry(0)}\n${entry(2)}\n`])]);
  await assert.rejects(all(gap.client({ retry: false }).readTexts()), isCode('bad-answer'));
});

test('without retries, an answer that breaks off fails after the entries that arrived', async () => {
  const nodes = new Nodes([body([`${entry(0)}\n`], 'breaks')]);
  const came: string[] = [];
  await assert.rejects(
    async () => {
      for await (const text of nodes.client({ retry: false }).readTexts()) came.push(text);
    },
    { code: 'unreachable', outcome: 'rejected', detail: 'the answer of http://a broke off' },
  );
  assert.deepEqual(came, [entry(0)]);
  assert.equal(nodes.asked.length, 1);
});

test('without a place, reading begins with what is there, and what is gone then is told', async () => {
  const kept = (firstOffset: number): Record<string, string> => ({ 'rlog-first-offset': String(firstOffset) });
  const gone = JSON.stringify({ code: 'trimmed', detail: 'd', outcome: 'rejected', retryable: false, firstOffset: 9 });
  const refusal = (): Response => new Response(gone, { status: 410 });
  const nodes = new Nodes([
    // It breaks off before there was an entry, and begins again.
    body([], 'breaks', kept(4)),
    body([`${entry(5)}\n${entry(6)}\n`], 'breaks', kept(5)),
    refusal,
  ]);
  const came: string[] = [];
  await assert.rejects(
    async () => {
      for await (const text of nodes.client().readTexts()) came.push(text);
    },
    { code: 'trimmed', facts: { firstOffset: 9 } },
  );
  assert.deepEqual(came, [entry(5), entry(6)]);
  assert.deepEqual(
    nodes.asked.map(({ path }) => path),
    ['/messages', '/messages', '/messages?from=7'],
  );

  const pages = new Nodes([body([`${entry(5)}\n${entry(6)}\n`], 'ends', kept(5)), body([`${entry(7)}\n`], 'ends', kept(5)), refusal]);
  const offsets: number[] = [];
  const client = pages.client({ learnNodes: false });
  for await (const page of client.read({ pageEntries: 2 })) offsets.push(...page.map(({ offset }) => offset));
  assert.deepEqual(offsets, [5, 6, 7]);
  assert.deepEqual(
    pages.asked.map(({ path }) => path),
    ['/messages?limit=2', '/messages?from=7&limit=2'],
  );
  await assert.rejects(client.read({ from: 0 }).next(), { code: 'trimmed' });
});
