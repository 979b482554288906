import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import type { FetchAnswer, FetchInit } from './types.ts';

const spanOf = (digit: string, flags = '01'): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;

/** A client of a node that stores everything, and the traces that its requests named. */
function clientWith(traceparent?: () => string | undefined) {
  const told: (string | undefined)[] = [];
  const fetch = (_url: string, { headers, body }: FetchInit): Promise<FetchAnswer> => {
    told.push(headers['traceparent']);
    const { messages } = JSON.parse(body ?? '') as { messages: unknown[] };
    const answer = { offset: 0, epoch: 1, w: 1, acks: 1, count: messages.length };
    return Promise.resolve(new Response(JSON.stringify(answer), { status: 201 }));
  };
  return { told, log: new LogClient({ urls: 'http://a', fetch, learnNodes: false, traceparent }) };
}

test('an append names the trace that it is given or, without one, that of the client’s function', async () => {
  let current: string | undefined = spanOf('a');
  const { told, log } = clientWith(() => current);
  await log.append(1);
  await log.append(2, { traceparent: spanOf('b') });
  current = undefined;
  await log.append(3);
  assert.deepEqual(told, [spanOf('a'), spanOf('b'), undefined]);
});

test('the function is called in the turn of the append, whose trace it is', async () => {
  const traces = [spanOf('a', '00'), spanOf('b'), spanOf('c')];
  const { told, log } = clientWith(() => traces.shift());
  const appends = [log.append(1), log.append(2), log.append(3)];
  assert.deepEqual(traces, []);
  await Promise.all(appends);
  assert.deepEqual(told, [spanOf('b')]);
});

test('appends that share a request, none of them sampled, name the first trace', async () => {
  const { told, log } = clientWith();
  await Promise.all([log.append(1), ...['a', 'b'].map((digit) => log.append(2, { traceparent: spanOf(digit, '00') }))]);
  assert.deepEqual(told, [spanOf('a', '00')]);
});

test('what is no trace context is refused before anything is sent', async () => {
  const { told, log } = clientWith();
  for (const traceparent of [
    '',
    'x',
    spanOf('0'),
    spanOf('A'),
    `ff${spanOf('a').slice(2)}`,
    `${spanOf('a')}\r\nx: y`,
    spanOf('a').slice(0, -1),
  ]) {
    await assert.rejects(log.append(1, { traceparent }), TypeError, traceparent);
  }
  assert.deepEqual(told, []);
});
