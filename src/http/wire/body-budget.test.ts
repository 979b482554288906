import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyBudget } from './body-budget.ts';

const kibibyte = 1024;

function budgetOf(bytesMax: number, heldElsewhere = 0): BodyBudget {
  return new BodyBudget({ bodyBytesMax: 400 * kibibyte, bytesMax, heldElsewhere: () => heldElsewhere });
}

const chunk = (kibibytes: number): Buffer => Buffer.alloc(kibibytes * kibibyte);

test('what is held for bodies that are not whole is bounded, and given back when they are let go or go on too long', () => {
  const budget = budgetOf(1000 * kibibyte);
  const bodies = Array.from({ length: 3 }, () => budget.begin(undefined));
  for (const body of bodies) body.add(chunk(250));
  assert.throws(() => bodies[0]?.add(chunk(1)), { code: 'overloaded' });
  assert.equal(budget.bytes, 500 * kibibyte, 'who is refused holds nothing any more');
  bodies[0]?.add(chunk(250));
  assert.deepEqual([bodies[0]?.whole(), budget.bytes], [undefined, 500 * kibibyte], 'nor does what comes after that');
  assert.equal(bodies[1]?.whole()?.length, 250 * kibibyte);
  for (const body of [...bodies, ...bodies]) body.release();
  assert.equal(budget.bytes, 0);
});

test('who says beforehand that there will be no room for it is refused before anything is read', () => {
  const budget = budgetOf(1000 * kibibyte);
  budget.begin(400 * kibibyte).add(chunk(400));
  assert.throws(() => budget.begin(400 * kibibyte), { code: 'overloaded' });
  assert.equal(budget.bytes, 400 * kibibyte, 'what is only announced is not held');
  assert.throws(() => budget.begin(401 * kibibyte), { code: 'body-too-large' });
  assert.throws(() => budget.begin(undefined).add(chunk(401)), { code: 'body-too-large' });
});

test('whoever holds back the ends of large bodies leaves room for small ones', () => {
  const budget = budgetOf(1000 * kibibyte);
  for (const large of [375, 374]) budget.begin(undefined).add(chunk(large));
  assert.throws(() => budget.begin(100 * kibibyte), { code: 'overloaded' });
  for (let small = 0; small < 5; small += 1) budget.begin(50 * kibibyte).add(chunk(50));
  assert.throws(() => budget.begin(50 * kibibyte), { code: 'overloaded' });
});

test('appends that wait take their share of the same budget; a body that is alone is taken', () => {
  assert.throws(() => budgetOf(1000 * kibibyte, 400 * kibibyte).begin(400 * kibibyte), { code: 'overloaded' });
  budgetOf(300 * kibibyte)
    .begin(400 * kibibyte)
    .add(chunk(400));
});
