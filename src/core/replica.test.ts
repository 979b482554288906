import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ready } from './events.ts';
import { LogOutline } from './log-outline.ts';
import { instantMs, nodeId, timestampMs } from './numbers.ts';
import { replicaOptions, testIdempotency } from './replica-options.test-support.ts';
import { Replica } from './replica.ts';

/** A master that knows of nobody else. */
function loneMaster(): Replica {
  return new Replica(replicaOptions({ id: nodeId('m'), url: 'http://m:1' }), {
    outline: new LogOutline(testIdempotency),
    record: undefined,
  });
}

/** Lets it decide until it wants something written, saving whatever it promises. */
function untilWrite(replica: Replica): Ready['logWork'] {
  for (let now = 0; now < 1000; now += 20) {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
      if (ready.save !== undefined) replica.step({ kind: 'recordSaved', version: ready.save.version });
      if (ready.logWork.length > 0) return ready.logWork;
    }
  }
  return [];
}

test('a founder whose first batch finds no room leads nothing, says why, and tries again when there is room', () => {
  const replica = loneMaster();
  replica.step({ kind: 'leadershipOffered' });
  const [work] = untilWrite(replica);
  assert.ok(work?.kind === 'write' && work.draft.isMarker && work.draft.memberList !== undefined);
  replica.step({ kind: 'writeRefused', number: work.draft.number });
  assert.deepEqual([replica.isLeading, replica.status().refusal], [false, 'no-room']);
  replica.step({ kind: 'roomFound' });
  const [again] = untilWrite(replica);
  assert.ok(again?.kind === 'write' && again.draft.isMarker);
  assert.equal(replica.isLeading, true);
});
