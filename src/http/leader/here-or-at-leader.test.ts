import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { testClock } from './forwarding.test-support.ts';
import { hereOrAtLeader } from './here-or-at-leader.ts';
import type { LeadersCall, ServingNode } from './here-or-at-leader.ts';

const letGo = new LogError('not-leader', 'n1 leads');

function serving(driver: { isSeekingOrLeading: boolean }): ServingNode {
  const waitUntil = async (isMet: () => boolean, ms: number): Promise<boolean> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return isMet();
  };
  return { driver: Object.assign(driver, { leader: undefined, waitUntil }), clock: testClock, config: { serverId: 's1' } };
}

/** A call, of 1000 ms unless the test says otherwise, on a node that may seek to lead. */
function node(
  driver: { isSeekingOrLeading: boolean },
  here: (timeoutMs: number) => Promise<string>,
  {
    forwarded,
    isRepeatable = false,
    timeoutMs = 1000,
  }: Partial<Pick<LeadersCall<string>, 'forwarded' | 'isRepeatable' | 'timeoutMs'>> = {},
) {
  const passedOn: number[] = [];
  const answer = hereOrAtLeader(serving(driver), {
    timeoutMs,
    forwarded,
    isRepeatable,
    here,
    atLeader: (leftMs) => {
      passedOn.push(leftMs);
      return Promise.resolve('at the leader');
    },
  });
  return { answer, passedOn };
}

test('a request that a node dropped because it no longer seeks to lead goes on to the leader, with the remaining time', async () => {
  const driver = { isSeekingOrLeading: true };
  const { answer, passedOn } = node(driver, async () => {
    const until = performance.now() + 20;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
    driver.isSeekingOrLeading = false;
    throw letGo;
  });
  assert.equal(await answer, 'at the leader');
  const [leftMs = Number.NaN] = passedOn;
  assert.ok(leftMs <= 980 && leftMs > 0, `${leftMs} ms were left`);
});

test('a node that leads again by then serves the request itself', async () => {
  let tries = 0;
  const { answer, passedOn } = node({ isSeekingOrLeading: true }, () => {
    tries += 1;
    return tries === 1 ? Promise.reject(letGo) : Promise.resolve('here');
  });
  assert.equal(await answer, 'here');
  assert.deepEqual(passedOn, []);
});

test('a node that seeks to lead, and refuses until it leads, is asked again at intervals only', async () => {
  let tries = 0;
  const refuses = (): Promise<string> => {
    tries += 1;
    return Promise.resolve().then(() => {
      throw letGo;
    });
  };
  await assert.rejects(node({ isSeekingOrLeading: true }, refuses, { timeoutMs: 200 }).answer, letGo);
  assert.ok(tries <= 6, `it was asked ${tries} times`);
});

test('a forwarded request is refused to its forwarder, and a failure other than not-leader goes to the client', async () => {
  const driver = { isSeekingOrLeading: false };
  const forwarded = node(driver, () => Promise.reject(letGo), { forwarded: { leaderEpoch: undefined, identity: undefined } });
  await assert.rejects(forwarded.answer, letGo);
  assert.deepEqual(forwarded.passedOn, []);
  const unknown = new LogError('epoch-ended', 'it may be stored');
  const failed = node({ isSeekingOrLeading: true }, () => Promise.reject(unknown));
  await assert.rejects(failed.answer, unknown);
  assert.deepEqual(failed.passedOn, []);
});

test('once the deadline has passed, the refusal says that nothing was stored', async () => {
  const driver = { isSeekingOrLeading: true };
  const call = {
    timeoutMs: 0,
    forwarded: undefined,
    isRepeatable: false,
    here: () => Promise.reject(letGo),
    atLeader: () => Promise.resolve('too late'),
  };
  await assert.rejects(hereOrAtLeader(serving(driver), call), letGo);
});

test('what a node had stored when its epoch ended goes on under its key, and stays unknown even if it is refused later', async () => {
  const ended = new LogError('epoch-ended', 'it may be stored');
  const driver = { isSeekingOrLeading: true };
  const endsItsReign = (): Promise<string> => {
    driver.isSeekingOrLeading = false;
    return Promise.reject(ended);
  };
  assert.equal(await node(driver, endsItsReign, { isRepeatable: true }).answer, 'at the leader');

  let tries = 0;
  const refused = node(
    { isSeekingOrLeading: true },
    () => {
      tries += 1;
      return Promise.reject(tries === 1 ? ended : new LogError('no-quorum', 'too few'));
    },
    { isRepeatable: true },
  );
  await assert.rejects(refused.answer, ended);
  assert.equal(tries, 2);
});
