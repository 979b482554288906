import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FetchedEvents } from './fetched-events.ts';

const type = { 'content-type': 'text/event-stream; charset=utf-8' };

/** A stream into which a test writes, and what was told of it. */
function stream(answer?: Response) {
  const told: string[] = [];
  let write: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (write = controller) });
  const asked: RequestInit[] = [];
  let tellNext = (): void => undefined;
  const note = (what: string): void => {
    told.push(what);
    tellNext();
  };
  const events = new FetchedEvents(
    (init) => {
      asked.push(init);
      return Promise.resolve(answer ?? new Response(body, { headers: type }));
    },
    {
      opened: () => note('opened'),
      event: ({ type: kind, data }) => note(`${kind}: ${data}`),
      ended: (refusal) => note(`ended ${refusal?.status ?? ''}`),
    },
  );
  return {
    events,
    asked,
    told,
    say: (text: string) => write?.enqueue(new TextEncoder().encode(text)),
    end: () => write?.close(),
    breakOff: () => write?.error(new Error('broken')),
    toldTimes: async (times: number): Promise<string[]> => {
      while (told.length < times) await new Promise<void>((resolve) => (tellNext = resolve));
      return told;
    },
  };
}

test('events come as they are whole, wherever the pieces end, and the end of the stream is told once', async () => {
  const { say, end, toldTimes, asked, events } = stream();
  await toldTimes(1);
  assert.equal(events.isOpen, true);
  assert.deepEqual(asked[0]?.headers, { accept: 'text/event-stream' });
  say('event: frame\ndata: {"n"');
  say(':1}\n\nevent: beat\ndata: {}\n\n');
  await toldTimes(3);
  end();
  assert.deepEqual(await toldTimes(4), ['opened', 'frame: {"n":1}', 'beat: {}', 'ended ']);
  assert.equal(events.isOpen, false);
});

test('a stream that breaks off has ended, and so has an answer that is none, which is handed over', async () => {
  const broken = stream();
  await broken.toldTimes(1);
  broken.breakOff();
  assert.deepEqual(await broken.toldTimes(2), ['opened', 'ended ']);
  const refused = stream(new Response('{"code":"unauthorized"}', { status: 401 }));
  assert.deepEqual(await refused.toldTimes(1), ['ended 401']);
  const page = stream(new Response('<html>', { headers: { 'content-type': 'text/html' } }));
  assert.deepEqual(await page.toldTimes(1), ['ended 200']);
});

test('nothing is told of a stream that was closed', async () => {
  const { events, say, told, toldTimes, asked } = stream();
  await toldTimes(1);
  events.close();
  say('data: late\n\n');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, ['opened']);
  assert.equal(asked[0]?.signal?.aborted, true);
});
