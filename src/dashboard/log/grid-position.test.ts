import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GridPosition } from './grid-position.ts';

const size = { rowPx: 20, viewPx: 200, openPx: new Map<number, number>() };

function positionOf(count: number): GridPosition {
  const position = new GridPosition();
  position.resize({ ...size, count });
  return position;
}

test('who sees the end goes on seeing it while the log grows', () => {
  const position = positionOf(100);
  assert.deepEqual(position.seen, { start: 90, end: 100 });
  position.resize({ ...size, count: 130 });
  assert.deepEqual(position.seen, { start: 120, end: 130 });
  assert.equal(position.newCount, 0);
});

test('who left the end stays, and sees how many came', () => {
  const position = positionOf(100);
  position.scrolled(1000);
  assert.equal(position.isFollowing, false);
  position.resize({ ...size, count: 130 });
  assert.deepEqual(position.seen, { start: 50, end: 60 });
  assert.equal(position.newCount, 30);
  position.follow();
  assert.deepEqual(position.seen, { start: 120, end: 130 });
  assert.equal(position.newCount, 0);
});

test('who scrolls to the end follows it again', () => {
  const position = positionOf(100);
  position.scrolled(1000);
  position.scrolled(1800);
  assert.equal(position.isFollowing, true);
});

test('what is new is counted anew when the log was cut', () => {
  const position = positionOf(100);
  position.scrolled(0);
  position.resize({ ...size, count: 80 });
  assert.equal(position.newCount, 0);
  position.resize({ ...size, count: 85 });
  assert.equal(position.newCount, 5);
});

test('a row is shown with as little movement as will do, or in the middle', () => {
  const position = positionOf(1000);
  position.show(500, 'middle');
  assert.ok(position.seen.start <= 496 && position.seen.end >= 505);
  const before = position.scroll.topPx;
  position.show(500, 'nearest');
  assert.equal(position.scroll.topPx, before);
  position.show(0, 'nearest');
  assert.equal(position.scroll.topPx, 0);
  position.show(999, 'nearest');
  assert.equal(position.isFollowing, true);
});

test('an open row takes the room of many', () => {
  const position = new GridPosition();
  position.resize({ ...size, count: 100, openPx: new Map([[3, 100]]) });
  position.scrolled(0);
  assert.deepEqual(position.seen, { start: 0, end: 5 });
  assert.equal(position.topOf(4), 180);
});

test('an empty log has no rows', () => {
  assert.deepEqual(positionOf(0).drawn, { start: 0, end: 0 });
});

test('an opened row is scrolled to where all of it is seen, or its beginning', () => {
  const open = (index: number, px: number) => {
    const position = positionOf(100);
    position.scrolled(1000);
    position.resize({ ...size, count: 100, openPx: new Map([[index, px]]) });
    position.reveal(index);
    return position;
  };
  assert.deepEqual(open(52, 40).seen, { start: 50, end: 58 }, 'what is seen already stays');
  const { seen, scroll } = open(59, 100);
  assert.equal(seen.end, 63);
  assert.equal(scroll.topPx, 60 * 20 + 100 + 56 - 200);
  assert.equal(open(59, 1000).seen.start, 59);
});

test('a row that was opened at the end is stayed at', () => {
  const position = positionOf(100);
  position.stay();
  position.resize({ ...size, count: 100, openPx: new Map([[99, 100]]) });
  position.reveal(99);
  position.scrolled(position.scroll.realPx);
  assert.equal(position.isFollowing, false);
});
