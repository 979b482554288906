import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointKeyBytes } from '../model/checkpoint.ts';
import type { Survey } from '../model/checkpoint.ts';
import { keepsAll } from '../model/control.ts';
import type { Retention } from '../model/control.ts';
import { batchNumber, instantMs, logAge, offset, timestampMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import { Retaining } from './retaining.ts';

const wallClock = timestampMs(1_000_000_000);

/** A leader with 100 committed batches of one entry, of which the first 50 are trimmed. */
class FakeLeader {
  /** How far each follower that is fed has been sent the log. */
  sentEnds: readonly number[] = [];
  /** How far the clock of each other member is ahead of this one's. */
  aheadMs: readonly number[] = [0, 0];
  readonly asked: unknown[] = [];
  readonly outline = {
    end: { number: batchNumber(100), offset: offset(100) },
    committedEnd: offset(100),
    committedNumber: batchNumber(100),
    base: { number: batchNumber(0), offset: offset(0) },
    keysFrom: offset(0),
    keyCount: 0,
    controls: { firstOffset: offset(50), retention: keepsAll, base: undefined },
  };
  readonly context = {
    outline: this.outline,
    out: { beside: (work: unknown) => this.asked.push(work), emit: () => undefined },
    options: { health: { unhealthyAfterMs: 3000 } },
    wallClock,
    now: instantMs(0),
    room: { short: undefined as string | undefined },
  };
  readonly retaining = new Retaining(this.context as unknown as NodeContext, {
    followers: {
      sentEnds: () => this.sentEnds.map(batchNumber),
      clocks: () => ({ known: [0, ...this.aheadMs].map((ms) => wallClock + ms), majority: 2 }),
    } as never,
    dates: { next: () => wallClock } as never,
  });

  keep(retention: Partial<Retention>): void {
    this.outline.controls = { ...this.outline.controls, retention: { ...keepsAll, ...retention } };
  }

  /** What it decides when its storage says that a base would be possible at batch 40 and free this much. */
  decidedFor(freedBytes: number, changes: Partial<Survey> = {}): readonly string[] {
    const base = { number: batchNumber(40), offset: offset(40), lastTimestamp: timestampMs(1), lastAge: logAge(0), freedBytes };
    const survey: Survey = { ofAge: undefined, ofBytes: undefined, base, storedBytes: 10_000, oldest: timestampMs(1), ...changes };
    return this.retaining.surveyed(survey).map(({ kind }) => kind);
  }
}

test('a base waits until it frees as much as its checkpoint takes', () => {
  const leader = new FakeLeader();
  leader.outline.keyCount = 10;
  assert.deepEqual(leader.decidedFor(10 * checkpointKeyBytes - 1), []);
  assert.deepEqual(leader.decidedFor(10 * checkpointKeyBytes), ['base']);
});

test('a base waits for a follower that is fed, and for none beyond it', () => {
  const leader = new FakeLeader();
  leader.sentEnds = [100, 39];
  assert.deepEqual(leader.decidedFor(1000), []);
  leader.sentEnds = [100, 40];
  assert.deepEqual(leader.decidedFor(1000), ['base']);
});

test('without room, or with twice as much on the disk as is to be kept, a base waits for nothing', () => {
  const short = new FakeLeader();
  short.outline.keyCount = 1000;
  short.sentEnds = [0];
  short.context.room.short = 'bytes';
  assert.deepEqual(short.decidedFor(1), ['base']);
  const full = new FakeLeader();
  full.outline.keyCount = 1000;
  full.sentEnds = [0];
  full.keep({ maxBytes: 4999 });
  assert.deepEqual(full.decidedFor(1), ['base']);
  full.keep({ maxBytes: 5000 });
  assert.deepEqual(full.decidedFor(1), []);
});

test('nothing is asked for by age while the clock is not near those of a majority', () => {
  const leader = new FakeLeader();
  leader.keep({ maxAgeMs: 1000 });
  leader.aheadMs = [90_000, 90_000];
  leader.retaining.tick();
  leader.decidedFor(0);
  assert.ok(leader.retaining.isHeldByClock);
  leader.aheadMs = [90_000, 30_000];
  leader.context.now = instantMs(1000);
  leader.retaining.tick();
  assert.ok(!leader.retaining.isHeldByClock);
  assert.deepEqual(
    leader.asked.map((work) => (work as { readonly wish: { readonly olderThan: number | undefined } }).wish.olderThan),
    [undefined, wallClock - 1000],
  );
});
