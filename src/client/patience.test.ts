import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import { NodeCaller } from './node-caller.ts';
import { followTexts } from './follow.ts';
import { Patience } from './patience.ts';
import type { PatienceParts } from './patience.ts';
import type { FetchAnswer, FetchInit } from './types.ts';

/** Listens to silence. @returns why it was given up, and how often the node was asked */
async function silence(parts: Pick<PatienceParts, 'silenceMs' | 'askAfterMs'>, answers: readonly boolean[]): Promise<[string, number]> {
  let asked = 0;
  const why = await new Promise<Error>((resolve) => {
    const patience = new Patience({
      ...parts,
      answers: () => Promise.resolve(answers[asked++] ?? false),
      giveUp: (reason) => {
        patience.stop();
        resolve(reason);
      },
    });
    patience.heard();
  });
  return [why.message, asked];
}

test('a silent node is asked, and left if it does not answer', async () => {
  const [why, asked] = await silence({ silenceMs: 60_000, askAfterMs: 10 }, [true, true, false]);
  assert.match(why, /^nothing was heard for \d+ ms, and the node does not answer$/);
  assert.equal(asked, 3);
});

test('a node that answers and sends nothing is left once heartbeats were missed', async () => {
  const [why, asked] = await silence({ silenceMs: 50, askAfterMs: 20 }, [true, true, true]);
  assert.equal(why, 'nothing was heard for 50 ms');
  assert.ok(asked >= 1 && asked <= 2, `${asked} questions`);
});

test('without questions only the silence counts', async () => {
  assert.deepEqual(await silence({ silenceMs: 20, askAfterMs: Infinity }, []), ['nothing was heard for 20 ms', 0]);
});

/** A node with an entry on its stream and then nothing; another with the next entry. */
function twoNodes() {
  const entry = (offset: number): string => `id: ${offset}\ndata: {"offset":${offset},"epoch":1,"timestamp":"t","message":${offset}}\n\n`;
  const asked: string[] = [];
  const fetch = (url: string, { signal }: FetchInit): Promise<FetchAnswer> => {
    asked.push(url);
    if (url.startsWith('http://silent/leader')) {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    }
    const isSilent = url.startsWith('http://silent');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(entry(isSilent ? 0 : 1))),
    });
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream', 'rlog-heartbeat-ms': '600000' } }));
  };
  return { asked, fetch };
}

test('a stream at a node that fell silent goes on at another one, long before heartbeats are missed', async () => {
  const { fetch } = twoNodes();
  const caller = new NodeCaller({ urls: ['http://silent', 'http://other'], fetch, learnNodes: false }, { askAfterMs: 20 });
  const seen: string[] = [];
  const reasons: string[] = [];
  for await (const text of followTexts(caller, { onRetry: ({ detail }) => reasons.push(detail) })) {
    seen.push(text);
    if (seen.length === 2) break;
  }
  assert.deepEqual(
    seen.map((text) => (JSON.parse(text) as { readonly offset: number }).offset),
    [0, 1],
  );
  assert.match(reasons[0] ?? '', /the node does not answer/);
});

test('a silence that the caller chose is waited for as it is', async () => {
  const { asked, fetch } = twoNodes();
  const log = new LogClient({ urls: ['http://silent', 'http://other'], fetch, learnNodes: false });
  const seen: number[] = [];
  for await (const { offset } of log.follow({ silenceMs: 30 })) if (seen.push(offset) === 2) break;
  assert.deepEqual(seen, [0, 1]);
  assert.equal(asked.filter((url) => url.includes('/leader')).length, 0);
});
