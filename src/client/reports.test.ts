import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import type { ProblemError } from './problem-error.ts';
import type { ClientOptions, FetchAnswer } from './types.ts';

const refusal = { code: 'no-leader', detail: 'nobody leads', outcome: 'rejected', retryable: true };

/** A client of two nodes, of which the first knows no leader. */
function clientWith(options: Pick<ClientOptions, 'logger' | 'onRetry' | 'retry'>): LogClient {
  const fetch = (url: string): Promise<FetchAnswer> => {
    const isFirst = url.startsWith('http://a');
    const body = isFirst ? refusal : { offset: 5, epoch: 1, w: 1, acks: 1 };
    return Promise.resolve(new Response(JSON.stringify(body), { status: isFirst ? 503 : 201 }));
  };
  return new LogClient({ urls: ['http://a', 'http://b'], fetch, learnNodes: false, ...options });
}

test('a retry is told to onRetry and to the logger, each request to the logger, with what is needed to see what happens', async () => {
  const told: unknown[] = [];
  const lines: [string, string, Record<string, unknown>][] = [];
  const logger = {
    debug: (facts: object, message: string) => void lines.push(['debug', message, { ...facts }]),
    warn: (facts: object, message: string) => void lines.push(['warn', message, { ...facts }]),
  };
  const log = clientWith({
    logger,
    onRetry: ({ code }, { request, url, next, failures, waitMs }) => told.push([code, request, url, next, failures, waitMs >= 0]),
  });
  await log.append(1);
  assert.deepEqual(told, [['no-leader', 'POST /messages', 'http://a', 'http://b', 1, true]]);
  const facts = lines.map(([level, message, { ms, waitMs, ...rest }]) => [level, message, typeof (ms ?? waitMs), rest]);
  const request = { method: 'POST', path: '/messages' };
  const { retryable: _retryable, ...reason } = refusal;
  assert.deepEqual(facts, [
    ['debug', 'log.requested', 'number', { ...request, url: 'http://a', status: 503, code: 'no-leader' }],
    ['warn', 'log.retried', 'number', { request: 'POST /messages', url: 'http://a', next: 'http://b', failures: 1, ...reason }],
    ['debug', 'log.requested', 'number', { ...request, url: 'http://b', status: undefined, code: undefined }],
  ]);
});

test('both are on channels of node:diagnostics_channel', async () => {
  const heard: string[] = [];
  const requests = (report: unknown): void => void heard.push(`request ${(report as { readonly url: string }).url}`);
  const retries = (report: unknown): void => void heard.push(`retry ${(report as { readonly reason: ProblemError }).reason.code}`);
  channel('replicated-log:request').subscribe(requests);
  channel('replicated-log:retry').subscribe(retries);
  try {
    await clientWith({}).append(1);
  } finally {
    channel('replicated-log:request').unsubscribe(requests);
    channel('replicated-log:retry').unsubscribe(retries);
  }
  assert.deepEqual(heard, ['request http://a', 'retry no-leader', 'request http://b']);
});

test('an onRetry that throws ends the call with that, and a final failure is no retry', async () => {
  const thrown = new Error('enough');
  const log = clientWith({
    onRetry: () => {
      throw thrown;
    },
  });
  await assert.rejects(log.append(1), thrown);
  const failed = clientWith({ retry: false, onRetry: () => assert.fail('nothing is tried again') });
  await assert.rejects(failed.append(1), { code: 'no-leader' });
});
