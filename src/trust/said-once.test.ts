import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidOnce } from './said-once.ts';

/** Says what it is told. */
function sayer(): { readonly said: string[]; readonly say: (text: string) => void; readonly pass: (ms: number) => void } {
  const said: string[] = [];
  let now = 0;
  const say = saidOnce<string>(
    (text) => text,
    (text) => said.push(text),
    { now: () => now },
  );
  return { said, say, pass: (ms) => (now += ms) };
}

test('what was said is not said again', () => {
  const { said, say } = sayer();
  for (const text of ['a', 'b', 'a', 'b', 'a']) say(text);
  assert.deepEqual(said, ['a', 'b']);
});

test('somebody who is a new one each time is not said without end, and who was left out is said later', () => {
  const { said, say, pass } = sayer();
  for (let n = 0; n < 5000; n += 1) say(`stranger ${n}`);
  assert.equal(said.length, 100);
  say('friend');
  assert.ok(!said.includes('friend'));
  pass(60_000);
  say('friend');
  assert.ok(said.includes('friend'));
  for (let n = 5000; n < 10_000; n += 1) say(`stranger ${n}`);
  assert.equal(said.length, 110, 'ten a minute');
  pass(24 * 3_600_000);
  for (let n = 10_000; n < 15_000; n += 1) say(`stranger ${n}`);
  assert.equal(said.length, 210, 'a pause allows no more than at first');
});
