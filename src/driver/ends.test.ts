import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, nodeId, offset } from '../core/model/numbers.ts';
import type { Epoch } from '../core/model/numbers.ts';
import { ManualClock } from '../ports/manual-clock.test-support.ts';
import { Watchers } from './ends.ts';
import type { LogEnds } from './ends.ts';

const at = (visibleEnd: number, committedEnd: number, leads?: Epoch) => ({
  visibleEnd: offset(visibleEnd),
  committedEnd: offset(committedEnd),
  leader: { id: nodeId('n0'), url: 'http://n0', epoch: epoch(1) },
  leads,
  controls: { firstOffset: offset(0) },
});

function watchersOf(watched: ReturnType<typeof at>, log = { cutCount: 0, isStopped: false }): Watchers {
  return new Watchers({ watched, cutCount: () => log.cutCount, clock: new ManualClock(), isStopped: () => log.isStopped });
}

test('watchers are told when the ends change, and also of a cut or a trim that leaves the ends the same', () => {
  const watched = at(3, 2);
  const log = { cutCount: 0, isStopped: false };
  const watchers = watchersOf(watched, log);
  const told: LogEnds[] = [];
  const forget = watchers.watchEnds((ends) => told.push(ends));
  watchers.check();
  watched.committedEnd = offset(3);
  watchers.check();
  watchers.check();
  log.cutCount += 1;
  watchers.check();
  watchers.check();
  watched.controls.firstOffset = offset(2);
  watchers.check();
  watchers.check();
  forget();
  watched.committedEnd = offset(1);
  watchers.check();
  assert.deepEqual(told, [
    { visibleEnd: 3, committedEnd: 3, isCut: false, isTrimmed: false },
    { visibleEnd: 3, committedEnd: 3, isCut: true, isTrimmed: false },
    { visibleEnd: 3, committedEnd: 3, isCut: false, isTrimmed: true },
  ]);
});

test('watchers are told of another leader or another epoch, but not of changes before they began to watch', () => {
  const watched = at(0, 0);
  const watchers = watchersOf(watched);
  watched.leader = { ...watched.leader, epoch: epoch(2) };
  const told: unknown[] = [];
  watchers.watchLeader((leader) => told.push(leader?.epoch));
  watchers.check();
  watched.leader = { ...watched.leader };
  watchers.check();
  watched.leader = { ...watched.leader, epoch: epoch(3) };
  watchers.check();
  watchers.check();
  assert.deepEqual(told, [3]);
});

test('watchers are told at once which epoch this node leads, when that changes, and that a stopped node leads none', () => {
  const watched = at(0, 0, epoch(2));
  const log = { cutCount: 0, isStopped: false };
  const watchers = watchersOf(watched, log);
  const told: (number | undefined)[] = [];
  const forget = watchers.watchLead((leads) => told.push(leads));
  watchers.check();
  watched.leads = undefined;
  watchers.check();
  watchers.check();
  watched.leads = epoch(4);
  watchers.check();
  log.isStopped = true;
  watchers.check();
  watchers.check();
  forget();
  log.isStopped = false;
  watchers.check();
  assert.deepEqual(told, [2, undefined, 4, undefined]);
});
