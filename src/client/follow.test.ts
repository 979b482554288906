import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { followTexts } from './follow.ts';
import { LogClient } from './log-client.ts';
import { NodeCaller } from './node-caller.ts';
import { ProblemError } from './problem-error.ts';
import type { Entry } from '../api/entries.ts';
import type { FollowOptions } from './types.ts';

interface Asked {
  readonly url: string;
  readonly id: string | null;
}

/** Nodes that answer the requests in turn with the given answers, and then not at all. */
function scripted(answers: readonly (string | readonly Uint8Array[] | Error | Response)[]): {
  readonly asked: Asked[];
  readonly client: LogClient;
} {
  const asked: Asked[] = [];
  const fetch = ((url: string, init: RequestInit) => {
    const answer = answers[asked.length];
    asked.push({ url, id: new Headers(init.headers).get('last-event-id') });
    if (answer === undefined)
      return new Promise<Response>((_resolve, reject) =>
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
      );
    if (answer instanceof Error) return Promise.reject(answer);
    if (answer instanceof Response) return Promise.resolve(answer);
    const pieces = typeof answer === 'string' ? [new TextEncoder().encode(answer)] : answer;
    return Promise.resolve(new Response(ReadableStream.from(pieces)));
  }) as typeof globalThis.fetch;
  return { asked, client: new LogClient({ urls: ['http://a', 'http://b'], fetch, learnNodes: false }) };
}

function events(start: number, end: number, epoch?: number): string {
  let text = '';
  for (let offset = start; offset < end; offset += 1) {
    const id = epoch === undefined ? String(offset) : `${epoch}:${offset}`;
    text += `id: ${id}\ndata: ${JSON.stringify({ offset, epoch: epoch ?? 1, timestamp: 't', message: `№ ${offset}` })}\n\n`;
  }
  return text;
}

async function take(client: LogClient, count: number, options: FollowOptions = {}): Promise<number[]> {
  const offsets: number[] = [];
  for await (const entry of client.follow<string>(options)) {
    assert.equal(entry.message, `№ ${entry.offset}`);
    offsets.push(entry.offset);
    if (offsets.length === count) break;
  }
  return offsets;
}

test('following does not continue in a log that was begun anew, even at a node that had no log yet when it was asked', async () => {
  const stream = (text: string, cluster?: string): Response =>
    new Response(text, cluster === undefined ? {} : { headers: { 'rlog-cluster': cluster } });
  const marked = (start: number, end: number, mark: string): string => events(start, end).replaceAll(/^id: (\d+)$/gm, `id: $1@${mark}`);
  const [old, anew] = ['aaaaaaaa', 'bbbbbbbb'];
  for (const answers of [
    [stream(marked(3, 5, old), `${old}-1`), stream(marked(5, 6, anew), `${anew}-1`)],
    [stream(marked(3, 5, old), `${old}-1`), stream(marked(5, 6, anew))],
    [stream('', `${old}-1`), stream(marked(3, 6, anew))],
    [stream(marked(3, 5, old)), stream('', `${anew}-1`)],
  ]) {
    const { client } = scripted(answers);
    await assert.rejects(take(client, 3, { from: 3 }), { code: 'history-changed', retryable: false });
  }
  // A reader that had no entry of the old log has lost nothing.
  const { client } = scripted([stream('', `${old}-1`), stream(marked(0, 2, anew), `${anew}-1`)]);
  assert.deepEqual(await take(client, 2), [0, 1]);
});

test('a node that refuses a stream for now is left alone for the time that it asks for, and another one is asked', async () => {
  const refusal = 'retry: 5000\n\nevent: end\ndata: {"code":"too-many-listeners","detail":"d","outcome":"rejected","retryable":true}\n\n';
  const { client, asked } = scripted([new Response(refusal, { headers: { 'retry-after': '600' } }), 'retry: 1\n\n', events(0, 2)]);
  const begunAt = performance.now();
  assert.deepEqual(await take(client, 2), [0, 1]);
  assert.deepEqual(
    asked.map(({ url }) => new URL(url).host),
    ['a', 'b', 'b'],
  );
  assert.ok(performance.now() - begunAt < 5000);
});

test('after a broken connection it continues after the last entry, at another node, and yields no entry twice', async () => {
  const { client, asked } = scripted([
    `retry: 1\n\n${events(0, 3)}id: 3\ndata: {"offset":3`,
    new TypeError('fetch failed'),
    // A node that ignores Last-Event-ID.
    events(0, 5),
    `${events(5, 6)}event: end\ndata: {"code":"shutting-down","detail":"d","outcome":"rejected","retryable":true}\n\n`,
    events(6, 8),
  ]);
  assert.deepEqual(await take(client, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(
    asked.map(({ id }) => id),
    [null, '2', '2', '4', '5'],
  );
  const nodes = asked.map(({ url }) => new URL(url).host);
  assert.equal(new Set(nodes.slice(0, 2)).size, 2);
});

test('characters that are split between pieces are decoded whole', async () => {
  const bytes = new TextEncoder().encode(events(0, 4));
  const { client } = scripted([Array.from(bytes, (byte) => Uint8Array.of(byte))]);
  assert.deepEqual(await take(client, 4), [0, 1, 2, 3]);
});

test('a missing entry is requested again', async () => {
  const reasons: string[] = [];
  const { client, asked } = scripted([events(0, 2) + events(3, 4), events(2, 4)]);
  assert.deepEqual(await take(client, 4, { onRetry: (reason) => reasons.push(reason.message) }), [0, 1, 2, 3]);
  assert.equal(asked[1]?.id, '1');
  assert.match(reasons[0] ?? '', /expected entry 2, got/);
});

test('if its last entry was cut by a change of leader, it fails with history-changed, after one more request', async () => {
  const gone = { code: 'history-changed', detail: 'd', outcome: 'rejected', retryable: false, committedEnd: 1 };
  const { client, asked } = scripted([
    `${events(0, 2, 7)}event: end\ndata: ${JSON.stringify(gone)}\n\n`,
    new Response(JSON.stringify(gone), { status: 410 }),
  ]);
  const heard: Entry[] = [];
  await assert.rejects(
    async () => {
      for await (const entry of client.follow({ level: 'default' })) heard.push(entry);
    },
    (error) => error instanceof ProblemError && error.code === 'history-changed' && error.facts['committedEnd'] === 1,
  );
  assert.equal(heard.length, 2);
  assert.equal(asked[1]?.id, '7:1');
  assert.match(asked[0]?.url ?? '', /read=default/);
});

test('without silenceMs, a stream is given up after three heartbeats of its node', async () => {
  const silent = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(events(4, 5))) });
  // But not before three seconds.
  const answer = new Response(silent, { headers: { 'rlog-heartbeat-ms': '100' } });
  const { client } = scripted([answer, events(5, 6)]);
  const reasons: string[] = [];
  assert.deepEqual(await take(client, 2, { from: 4, onRetry: (reason) => reasons.push(reason.message) }), [4, 5]);
  assert.match(reasons.join(), /nothing was heard for 3000 ms/);
});

test('a node that is cut off from the others, and sends only heartbeats, is left for one that knows who leads', async () => {
  const asked: string[] = [];
  const heartbeats = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(`${events(0, 1)}:\n\n`)),
  });
  const fetch = ((url: string) => {
    const { host, pathname } = new URL(url);
    asked.push(host + pathname);
    if (pathname === '/leader')
      return Promise.resolve(host === 'a' ? new Response('{}', { status: 503 }) : Response.json({ id: 'n2', epoch: 2 }));
    return Promise.resolve(new Response(host === 'a' ? heartbeats : events(1, 2)));
  }) as typeof globalThis.fetch;
  const caller = new NodeCaller({ urls: ['http://a', 'http://b'], fetch, learnNodes: false }, { quietAfterMs: 20 });
  const texts: string[] = [];
  const reasons: string[] = [];
  for await (const text of followTexts(caller, { onRetry: (reason) => reasons.push(reason.message) })) {
    texts.push(text);
    if (texts.length === 2) break;
  }
  assert.deepEqual(
    texts.map((text) => (JSON.parse(text) as Entry).offset),
    [0, 1],
  );
  assert.match(reasons.join(), /it does not know who leads; http:\/\/b does/);
  assert.deepEqual(asked, ['a/messages', 'a/leader', 'b/leader', 'b/messages']);
});

test('a silent connection is given up, and a signal ends the loop', async () => {
  const silent = new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(events(4, 5))) }));
  const { client, asked } = scripted([silent, events(5, 6)]);
  const stop = new AbortController();
  const heard: number[] = [];
  await assert.rejects(async () => {
    for await (const entry of client.follow({ from: 4, silenceMs: 30, signal: stop.signal })) {
      heard.push(entry.offset);
      if (heard.length === 2) setTimeout(() => stop.abort(new Error('enough')), 10);
    }
  }, /enough/);
  assert.deepEqual(heard, [4, 5]);
  assert.match(asked[0]?.url ?? '', /from=4$/);
  assert.equal(asked[1]?.id, '4');
});

const trimmedTo = (firstOffset: number): string =>
  JSON.stringify({ code: 'trimmed', detail: 'd', outcome: 'rejected', retryable: false, firstOffset });
const endedByTrim = (firstOffset: number): string => `event: end\ndata: ${trimmedTo(firstOffset)}\n\n`;
const from = (firstOffset: number, text: string, cluster = ''): Response =>
  new Response(text, { headers: { 'rlog-first-offset': String(firstOffset), 'rlog-cluster': cluster } });

test('without a place it begins with what is there, as the node says, and with 0 at a node that does not say it', async () => {
  const { client, asked } = scripted([from(7, events(7, 9))]);
  assert.deepEqual(await take(client, 2), [7, 8]);
  assert.equal(asked[0]?.url, 'http://a/messages');
  const older = scripted([events(1, 2), events(0, 1)]);
  assert.deepEqual(await take(older.client, 1), [0]);
  assert.match(older.asked[1]?.url ?? '', /from=0$/);
});

test('if entries are trimmed that it has not read, it fails, whether the stream ends with that or is refused', async () => {
  for (const answers of [
    [from(3, events(3, 5) + endedByTrim(9))],
    [from(3, events(3, 5)), new Response(trimmedTo(9), { status: 410 })],
    // It comes back to a node from which it has not read an entry yet.
    [from(5, ''), new Response(trimmedTo(9), { status: 410 })],
  ]) {
    const { client, asked } = scripted(answers);
    await assert.rejects(take(client, 9, { from: 3 }), { code: 'trimmed', facts: { firstOffset: 9 } });
    assert.equal(asked.length, answers.length);
  }
});

test('told to skip what is trimmed, it says how many are gone and goes on with the first that is kept, at any node', async () => {
  for (const answers of [
    [from(3, events(3, 5) + endedByTrim(9)), new TypeError('fetch failed'), from(9, events(9, 11))],
    [from(3, events(3, 5)), new Response(trimmedTo(9), { status: 410 }), from(9, events(9, 10)), from(9, events(10, 11))],
  ]) {
    const { client, asked } = scripted(answers);
    const heard: unknown[] = [];
    for await (const { offset } of client.follow({ onTrimmed: 'skip', onSkip: (skipped) => heard.push(skipped) })) {
      heard.push(offset);
      if (offset === 10) break;
    }
    assert.deepEqual(heard, [3, 4, { start: 5, firstOffset: 9, count: 4 }, 9, 10]);
    assert.ok(asked.some(({ url, id }) => url.endsWith('from=9') && id === null));
  }
  // What comes without such a word is never taken for the next entry.
  const { client, asked } = scripted([from(3, events(3, 5) + events(9, 10)), events(5, 6)]);
  assert.deepEqual(await take(client, 3, { onTrimmed: 'skip', onSkip: () => assert.fail('nothing is gone') }), [3, 4, 5]);
  assert.equal(asked[1]?.id, '4');
  await assert.rejects(take(client, 1, { onTrimmed: 'jump' as 'skip' }), /"onTrimmed" must be fail or skip/);
});

test('a trim between the answer and its first entry is nothing to one that named no place, and one that waited is told', async (context) => {
  const { client, asked } = scripted([from(3, endedByTrim(9)), from(9, events(9, 10))]);
  assert.deepEqual(await take(client, 1), [9]);
  assert.equal(asked[1]?.url, 'http://a/messages');
  let aheadMs = 0;
  const now = performance.now.bind(performance);
  mock.method(performance, 'now', () => now() + aheadMs);
  context.after(() => mock.restoreAll());
  const lateEnd = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        aheadMs = 2000;
        controller.enqueue(new TextEncoder().encode(endedByTrim(9)));
      },
    },
    { highWaterMark: 0 },
  );
  const waited = scripted([new Response(lateEnd, { headers: { 'rlog-first-offset': '3' } })]);
  await assert.rejects(take(waited.client, 1), { code: 'trimmed' });
});

test('one that has read nothing and named no place begins anew in another log', async () => {
  const [old, anew] = ['aaaaaaaa-1', 'bbbbbbbb-1'];
  const { client, asked } = scripted([from(5, '', old), from(0, '', anew), from(2, events(2, 3), anew)]);
  assert.deepEqual(await take(client, 1), [2]);
  assert.match(asked[1]?.url ?? '', /from=5$/);
  assert.equal(asked[2]?.url.includes('from'), false);
});
