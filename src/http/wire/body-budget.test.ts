import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget } from './body-budget.ts';

const kibibyte = 1024;

function budgetOf(bytesMax: number, heldElsewhere = 0): BodyBudget {
  return new BodyBudget({ bodyBytesMax: 400 * kibibyte, bytesMax, heldElsewhere: () => heldElsewhere });
}

const chunk = (kibibytes: number): Buffer => Buffer.alloc(kibibytes * kibibyte);

test('the memory of incomplete bodies is bounded, and released when they are released or refused', () => {
  const budget = budgetOf(1000 * kibibyte);
  const bodies = Array.from({ length: 3 }, () => budget.begin(undefined));
  for (const body of bodies) body.add(chunk(250));
  assert.throws(() => bodies[0]?.add(chunk(1)), { code: 'overloaded' });
  assert.equal(budget.bytes, 500 * kibibyte, 'a refused body holds nothing');
  bodies[0]?.add(chunk(250));
  assert.deepEqual([bodies[0]?.whole(), budget.bytes], [undefined, 500 * kibibyte], 'nor do the bytes that follow it');
  assert.equal(bodies[1]?.whole()?.length, 250 * kibibyte);
  for (const body of [...bodies, ...bodies]) body.release();
  assert.equal(budget.bytes, 0);
});

test('a body whose declared length does not fit is refused before anything is read', () => {
  const budget = budgetOf(1000 * kibibyte);
  budget.begin(400 * kibibyte).add(chunk(400));
  assert.throws(() => budget.begin(400 * kibibyte), { code: 'overloaded' });
  assert.equal(budget.bytes, 400 * kibibyte, 'a declared length alone is not counted');
  assert.throws(() => budget.begin(401 * kibibyte), { code: 'body-too-large' });
  assert.throws(() => budget.begin(undefined).add(chunk(401)), { code: 'body-too-large' });
});

test('large bodies that are never completed leave room for small ones', () => {
  const budget = budgetOf(1000 * kibibyte);
  for (const large of [375, 374]) budget.begin(undefined).add(chunk(large));
  assert.throws(() => budget.begin(100 * kibibyte), { code: 'overloaded' });
  for (let small = 0; small < 5; small += 1) budget.begin(50 * kibibyte).add(chunk(50));
  assert.throws(() => budget.begin(50 * kibibyte), { code: 'overloaded' });
});

test('waiting appends count towards the same budget, but a lone body is always accepted', () => {
  assert.throws(() => budgetOf(1000 * kibibyte, 400 * kibibyte).begin(400 * kibibyte), { code: 'overloaded' });
  budgetOf(300 * kibibyte)
    .begin(400 * kibibyte)
    .add(chunk(400));
});
