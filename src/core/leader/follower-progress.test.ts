import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FollowerProgress } from './follower-progress.ts';
import { batchNumber, instantMs, offset, storageId, streamId } from '../model/numbers.ts';

const now = instantMs(0);

function matched(at: number, window = { windowBytes: 1000, delayMs: 0 }): FollowerProgress {
  const progress = new FollowerProgress(streamId(1), { storageId: storageId('s'), ...window });
  progress.match({ number: batchNumber(at), offset: offset(at) });
  progress.acknowledged({ number: batchNumber(at), offset: offset(at), now });
  return progress;
}

test('nothing is sent before the logs are matched and the follower has acknowledged', () => {
  const progress = new FollowerProgress(streamId(1), { storageId: storageId('s'), windowBytes: 1000, delayMs: 0 });
  assert.equal(progress.nextFeed(batchNumber(9)), undefined);
  progress.match({ number: batchNumber(3), offset: offset(3) });
  assert.equal(progress.nextFeed(batchNumber(9)), undefined);
  progress.acknowledged({ number: batchNumber(2), offset: offset(2), now });
  assert.equal(progress.nextFeed(batchNumber(9))?.from, 3);
});

test('at most the window is in flight, and acknowledgements open it again', () => {
  const progress = matched(0);
  const first = progress.nextFeed(batchNumber(100));
  assert.equal(first?.bytesMax, 1000);
  assert.equal(progress.nextFeed(batchNumber(100)), undefined, 'one feed is in progress at a time');
  progress.fed({ feedId: first.feedId, end: batchNumber(10), bytes: 700, now });
  const second = progress.nextFeed(batchNumber(100));
  assert.equal(second?.bytesMax, 300);
  progress.fed({ feedId: second.feedId, end: batchNumber(15), bytes: 400, now });
  assert.equal(progress.nextFeed(batchNumber(100)), undefined);
  progress.acknowledged({ number: batchNumber(10), offset: offset(10), now });
  assert.equal(progress.inFlightBytes, 400);
  assert.equal(progress.nextFeed(batchNumber(100))?.bytesMax, 600);
});

test('a follower that acknowledges more than it was sent is not believed', () => {
  const progress = matched(5);
  assert.equal(progress.acknowledged({ number: batchNumber(6), offset: offset(6), now }), undefined);
  assert.equal(progress.durableEnd, 5);
});

test('the window grows with the delay that the follower adds', () => {
  const wide = matched(0, { windowBytes: 1000, delayMs: 2000 }).nextFeed(batchNumber(1));
  assert.ok((wide?.bytesMax ?? 0) > 500_000);
});

test('a follower is caught up when everything has been sent to it and it has room', () => {
  const progress = matched(4);
  assert.equal(progress.isCaughtUp(batchNumber(5)), false);
  assert.equal(progress.isCaughtUp(batchNumber(4)), true);
  progress.canStore = false;
  assert.equal(progress.isCaughtUp(batchNumber(4)), false);
});

test('until it has caught up, a follower gets what is allowed per tick; afterwards only the window limits it', () => {
  const progress = matched(0, { windowBytes: 10_000, delayMs: 0 });
  progress.allowCatchUp(300);
  const past = progress.nextFeed(batchNumber(10));
  assert.equal(past?.bytesMax, 300);
  progress.fed({ feedId: past.feedId, end: batchNumber(4), bytes: 350, now });
  assert.equal(progress.nextFeed(batchNumber(10)), undefined, 'until the next tick');
  progress.allowCatchUp(1000);
  const rest = progress.nextFeed(batchNumber(10));
  assert.equal(rest?.bytesMax, 1000);
  progress.fed({ feedId: rest.feedId, end: batchNumber(10), bytes: 600, now });
  assert.equal(progress.nextFeed(batchNumber(10)), undefined, 'there is nothing more to send');
  progress.allowCatchUp(1);
  assert.equal(progress.nextFeed(batchNumber(11))?.bytesMax, 10_000 - 950, 'it has caught up');
});
