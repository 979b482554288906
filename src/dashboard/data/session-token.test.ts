import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionToken } from './session-token.ts';

function tokenIn(kept: Map<string, string>): SessionToken {
  return new SessionToken({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  });
}

test('a token is asked for when one is missing or refused, and not any more once another one is given', () => {
  const kept = new Map<string, string>();
  const token = tokenIn(kept);
  const asked: unknown[] = [];
  token.subscribe(() => asked.push(token.asked));
  token.refused(undefined, 'unauthorized');
  token.use('wrong');
  token.refused('wrong', 'unauthorized');
  token.use('writer');
  token.refused('writer', 'missing-scope');
  token.use('reader');
  token.forget();
  token.refused(undefined, 'unauthorized');
  assert.deepEqual(asked, ['none-given', undefined, 'not-valid', undefined, 'may-not-read', undefined, undefined, 'none-given']);
  assert.equal(kept.size, 0);
});

test('a refusal of an earlier token says nothing of the one that was given since', () => {
  const token = tokenIn(new Map());
  token.use('right');
  token.refused(undefined, 'unauthorized');
  token.refused('wrong', 'unauthorized');
  assert.deepEqual([token.asked, token.current], [undefined, 'right']);
});

test('a page that is loaded again in its tab still has it', () => {
  const kept = new Map<string, string>();
  tokenIn(kept).use('right');
  assert.equal(tokenIn(kept).current, 'right');
});
