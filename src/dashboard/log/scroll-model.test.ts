import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { realPxMax, ScrollModel } from './scroll-model.ts';

const viewPx = 600;
const hundredMillionRowsPx = 2_800_000_000;

function modelOf(totalPx: number): ScrollModel {
  const model = new ScrollModel();
  model.resize({ totalPx, viewPx });
  return model;
}

test('what a browser can scroll, it scrolls', () => {
  const model = modelOf(100_000);
  model.scrolled(50_000);
  assert.equal(model.topPx, 50_000);
  assert.equal(model.shiftPx, 0);
  model.moveToEnd();
  assert.equal(model.realPx, 99_400);
  assert.equal(model.isAtEnd, true);
});

test('a pull at the scrollbar reaches everything', () => {
  const model = modelOf(hundredMillionRowsPx);
  assert.equal(model.realTotalPx, realPxMax);
  model.scrolled(realPxMax / 2 - viewPx / 2);
  assert.ok(Math.abs(model.topPx - hundredMillionRowsPx / 2) < viewPx, `${model.topPx}`);
  model.scrolled(realPxMax - viewPx);
  assert.equal(model.topPx, hundredMillionRowsPx - viewPx);
  model.scrolled(0);
  assert.equal(model.topPx, 0);
});

test('a small step is a px for a px in the middle too', () => {
  const model = modelOf(hundredMillionRowsPx);
  model.moveTo(1_000_000_000);
  model.scrolled(model.realPx + 120);
  model.scrolled(model.realPx + 120);
  assert.equal(model.topPx, 1_000_000_240);
  const shift = model.shiftPx;
  model.scrolled(model.realPx - 100);
  assert.equal(model.shiftPx, shift, 'rows stay where they are in the element while it scrolls');
});

test('the first and the last row are reached by small steps', () => {
  const model = modelOf(hundredMillionRowsPx);
  model.moveTo(1000);
  for (let step = 0; step < 10; step++) model.scrolled(Math.max(0, model.realPx - 120));
  assert.equal(model.topPx, 0);
  model.moveTo(hundredMillionRowsPx - viewPx - 1000);
  for (let step = 0; step < 10; step++) model.scrolled(Math.min(realPxMax - viewPx, model.realPx + 120));
  assert.equal(model.isAtEnd, true);
});

test('a scrollbar at its end before the whole is moves back', () => {
  const model = modelOf(hundredMillionRowsPx);
  model.moveTo(2_000_000);
  let corrections = 0;
  for (let step = 0; step < 1000; step++) if (model.scrolled(Math.max(0, model.realPx - 2500))) corrections += 1;
  assert.equal(model.topPx, 0);
  assert.equal(model.realPx, 0);
  assert.ok(corrections < 5);
});

test('a log that grows does not move what is seen', () => {
  const model = modelOf(hundredMillionRowsPx);
  model.moveTo(1_000_000_000);
  model.resize({ totalPx: hundredMillionRowsPx + 280_000, viewPx });
  assert.equal(model.topPx, 1_000_000_000);
});

test('a log that was cut shows its end', () => {
  const model = modelOf(hundredMillionRowsPx);
  model.moveToEnd();
  model.resize({ totalPx: 10_000, viewPx });
  assert.equal(model.topPx, 9400);
  assert.equal(model.realPx, 9400);
});

test('a place that is settled stays the same place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (totalPx, part) => {
      const model = modelOf(totalPx);
      model.moveTo(part * totalPx);
      const before = model.topPx;
      model.settle();
      model.scrolled(model.realPx);
      assert.equal(model.topPx, before);
      assert.ok(model.realPx >= 0 && model.realPx <= realPxMax);
    }),
  );
});
