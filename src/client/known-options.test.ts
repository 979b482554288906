import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from './log-client.ts';
import { ProblemError } from './problem-error.ts';
import type { ClientOptions, FetchAnswer } from './types.ts';

const nothing = (): Promise<FetchAnswer> => assert.fail('nothing is sent');

test('an option that nobody knows is refused, and the message has those that are known', async () => {
  const log = new LogClient({ urls: 'http://a', fetch: nothing });
  const wrong = { retries: 3 } as object;
  const refusal = { name: 'TypeError', message: /^unknown option "retries"; known options: .*\b(signal|urls)\b/ };
  assert.throws(() => new LogClient({ urls: 'http://a', ...wrong }), refusal);
  for (const call of [
    () => log.append(1, wrong),
    () => log.appendMany([1], wrong),
    () => log.appendTexts(['1'], wrong),
    () => log.status(wrong),
    () => log.trim(1, wrong),
    () => log.follow(wrong).next(),
    () => log.readTexts(wrong).next(),
  ]) {
    await assert.rejects(call(), refusal);
  }
  assert.throws(() => log.read(wrong), refusal);
  await assert.rejects(log.append(1, { keys: ['a'] } as object), /unknown option "keys"/);
  await assert.rejects(log.append(1, 'majority' as unknown as object), TypeError);
  await assert.rejects(log.append(Number.NaN), { message: 'message is NaN, which JSON cannot hold' });
});

test('what the constructor lacks is named', () => {
  assert.throws(() => new LogClient({} as ClientOptions), /^TypeError: "urls" is missing/);
  assert.throws(() => new LogClient(undefined as unknown as ClientOptions), TypeError);
  assert.throws(() => new LogClient({ urls: 'http://a', maxPending: 0 }), RangeError);
});

test('more messages than maxPending are not taken, until some are answered', async () => {
  const answers: (() => void)[] = [];
  const fetch = (): Promise<FetchAnswer> =>
    new Promise((resolve) => {
      const answer = { offset: 0, epoch: 1, w: 1, acks: 1 };
      answers.push(() => resolve(new Response(JSON.stringify(answer), { status: 201 })));
    });
  const log = new LogClient({ urls: 'http://a', fetch, learnNodes: false, maxPending: 3 });
  const taken = [log.append('a'), log.appendMany(['b', 'c'])];
  const refused = await log.append('d').catch((error: unknown) => error);
  assert.ok(refused instanceof ProblemError);
  assert.deepEqual([refused.code, refused.outcome, refused.retryable], ['too-many-pending', 'rejected', true]);
  assert.deepEqual(refused.facts, { pending: 3, max: 3 });
  answers[0]?.();
  await Promise.all(taken);
  // More than that at once is taken if nothing else waits.
  const many = log.appendMany(['a', 'b', 'c', 'd']);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  answers[1]?.();
  assert.equal((await many).count, 4);
});
