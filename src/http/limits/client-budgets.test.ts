import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { ClientBudgets } from './client-budgets.ts';

function refusal(limit: string): (error: unknown) => boolean {
  return (error) => error instanceof LogError && error.code === 'too-many-requests' && error.facts['limit'] === limit;
}

test('a client may send as many requests in a second as the limit says, and as many again in the next', () => {
  let now = 0;
  const budgets = new ClientBudgets({ requestsPerSecondMax: 10, bytesMax: undefined }, () => now);
  const sent = (name: string, tries: number): number => {
    let count = 0;
    for (let n = 0; n < tries; n += 1) {
      try {
        budgets.begin(name, 0);
        count += 1;
      } catch (error) {
        assert.ok(refusal('CLIENT_REQUESTS_PER_SECOND_MAX')(error));
      }
    }
    return count;
  };
  assert.equal(sent('a', 25), 10);
  assert.equal(sent('b', 5), 5, 'another client has its own');
  now = 500;
  assert.equal(sent('a', 25), 5);
  now = 60_000;
  assert.equal(sent('a', 25), 10, 'what was not used is not saved up');
});

test('the bytes of a client that are not answered yet are limited, and given back once', () => {
  const budgets = new ClientBudgets({ requestsPerSecondMax: undefined, bytesMax: 1000 });
  const large = budgets.begin('a', 5000);
  assert.throws(() => budgets.begin('a', 1), refusal('CLIENT_BYTES_MAX'));
  budgets.begin('b', 600).end();
  large.end();
  large.end();
  const first = budgets.begin('a', 600);
  assert.throws(() => budgets.begin('a', 600), refusal('CLIENT_BYTES_MAX'));
  const growing = budgets.begin('a', 0);
  growing.add(300);
  assert.throws(() => growing.add(300), refusal('CLIENT_BYTES_MAX'));
  growing.end();
  growing.add(1000);
  first.end();
  budgets.begin('a', 1000);
});

test('clients that come and go are forgotten, but not one that keeps coming', () => {
  const budgets = new ClientBudgets({ requestsPerSecondMax: 2, bytesMax: undefined }, () => 0);
  budgets.begin('a', 0);
  budgets.begin('a', 0);
  for (let n = 0; n < 50_000; n += 1) {
    budgets.begin(`client ${n}`, 0);
    if (n % 5000 === 0) assert.throws(() => budgets.begin('a', 0));
  }
});
