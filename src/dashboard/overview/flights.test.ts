import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortCount, Stream } from './flights.ts';

/** Time in steps of a frame. @returns when it is over */
function run(stream: Stream, from: number, until: number): number {
  for (let now = from + 16; now <= until; now += 16) stream.advance(now, 16);
  return until;
}

const places = (stream: Stream): number[] => stream.flights.map(({ place }) => Math.round(place * 100) / 100);

test('a dot leaves when its entry is placed and an acknowledgement returns when it was held', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  stream.placed(0, 1, 100);
  stream.held(1, 101);
  stream.advance(90, 16);
  assert.deepEqual(places(stream), [0]);
  run(stream, 100, 400);
  assert.equal(stream.flights.length, 1);
  run(stream, 400, 600);
  assert.equal(stream.flights.length, 0);
  assert.equal(stream.returns.length, 1);
  run(stream, 600, 1200);
  assert.equal(stream.returns.length, 0);
  assert.equal(stream.isMoving, false);
});

test('dots wait before the door of a slow follower, apart from each other, until it holds them', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  for (const [index, at] of [0, 300, 600].entries()) stream.placed(index, index + 1, at);
  run(stream, 0, 5000);
  assert.deepEqual(places(stream), [0.86, 0.74, 0.62]);
  assert.equal(stream.isMoving, false);
  stream.held(1, 5000);
  assert.equal(stream.isMoving, true);
  run(stream, 5000, 7000);
  assert.deepEqual(places(stream), [0.86, 0.74]);
});

test('once a follower is known to be slow, dots take as long as it does', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  let now = 0;
  for (let end = 1; end <= 20; end += 1) {
    stream.placed(end - 1, end, now);
    now = run(stream, now, now + 2000);
    stream.held(end, now);
    now = run(stream, now, now + 1000);
  }
  stream.placed(20, 21, now);
  run(stream, now, now + 1000);
  const [place = 0] = places(stream);
  assert.ok(place > 0.35 && place < 0.5, `half of the way after half of the time, not ${place}`);
});

test('nothing goes to a follower that cannot be reached', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  stream.isOpen = false;
  stream.placed(0, 1, 0);
  run(stream, 0, 10_000);
  assert.deepEqual(places(stream), [0.08]);
});

test('entries placed at almost the same time share a dot', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  for (let end = 1; end <= 50; end += 1) stream.placed(end - 1, end, end);
  assert.deepEqual(
    stream.flights.map(({ start, end }) => [start, end]),
    [[0, 50]],
  );
  assert.equal(stream.entryCount, 50);
});

test('many dots become few, and no entry is lost', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  stream.dotsMax = 6;
  for (let end = 1; end <= 100; end += 1) stream.placed(end - 1, end, end * 200);
  assert.equal(stream.flights.length, 6);
  assert.equal(stream.entryCount, 100);
  for (const [index, flight] of stream.flights.entries()) assert.equal(flight.end, stream.flights[index + 1]?.start ?? 100);
});

test('of a dot of which a part is held, that part goes in', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 100 });
  stream.held(40, 1000);
  run(stream, 1000, 2000);
  assert.deepEqual(
    stream.flights.map(({ start, end }) => [start, end]),
    [[40, 100]],
  );
});

test('a follower that catches up on more than any dot carries is shown to get it', () => {
  const stream = new Stream({ heldEnd: 10, placedEnd: 10 });
  stream.held(5, 0);
  stream.held(10, 100);
  assert.deepEqual(
    stream.flights.map(({ start, end }) => [start, end]),
    [[5, 10]],
  );
  run(stream, 100, 1000);
  assert.equal(stream.flights.length, 0);
});

test('under a heavy load the dots stay few and none passes another', () => {
  const stream = new Stream({ heldEnd: 0, placedEnd: 0 });
  let end = 0;
  for (let now = 0; now < 10_000; now += 16) {
    stream.placed(end, end + 320, now);
    end += 320;
    stream.held(Math.max(0, end - 640), now + 2);
    stream.advance(now, 16);
    const all = places(stream);
    assert.ok(all.length <= stream.dotsMax, `${all.length} dots`);
    assert.deepEqual(
      all,
      all.toSorted((a, b) => b - a),
    );
  }
});

test('counts are short', () => {
  assert.deepEqual([7, 950, 1200, 9990, 34_400, 5_000_000].map(shortCount), ['7', '950', '1.2k', '10k', '34k', '5M']);
});
