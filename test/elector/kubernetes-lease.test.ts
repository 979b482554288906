/** The Lease of Kubernetes, as electors hold it, against a stand-in for the API. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubernetesLease } from '../../examples/external-coordinator/kubernetes-lease.ts';
import { StoreFailed } from '../../examples/external-coordinator/lease-store.ts';
import { LeaseApi } from './lease-api.ts';

const leaseSeconds = 15;

class Clock {
  nowMs = 1000;
}

function holder(api: LeaseApi, name: string, clock = new Clock(), token = api.token): KubernetesLease {
  return new KubernetesLease({
    url: api.url,
    namespace: 'rlog',
    lease: 'rlog-leader',
    name,
    leaseSeconds,
    withinMs: 5000,
    token: () => token,
    nowMs: () => clock.nowMs,
  });
}

test('one of two gets the lease, the other one sees who has it, and gets it once it is given back', async () => {
  await using api = await LeaseApi.start();
  const [a, b] = [holder(api, 'a'), holder(api, 'b')];
  assert.equal(await a.holder(), undefined);
  const taken = await Promise.all([a.take(), b.take()]);
  assert.deepEqual(taken.toSorted(), [false, true]);
  const [first, second] = taken[0] ? [a, b] : [b, a];
  assert.equal(await second.holder(), taken[0] ? 'a' : 'b');
  assert.equal(await second.take(), false);
  assert.equal(await first.renew(), true);
  await first.release();
  assert.equal(await second.holder(), undefined);
  assert.equal(await second.take(), true);
  assert.equal(await first.renew(), false);
  assert.equal(api.leases.get('rlog-leader')?.spec.leaseTransitions, 1);
});

test('a lease is free once it was not renewed for as long as it says, by the clock of whoever looks', async () => {
  await using api = await LeaseApi.start();
  const clock = new Clock();
  const [a, b] = [holder(api, 'a'), holder(api, 'b', clock)];
  assert.equal(await a.take(), true);
  // The clock of its holder may be wrong by an hour.
  const lease = api.leases.get('rlog-leader');
  assert.ok(lease !== undefined);
  lease.spec.renewTime = '2001-01-01T00:00:00.000000Z';
  assert.equal(await b.holder(), 'a');
  clock.nowMs += leaseSeconds * 1000 - 1;
  assert.equal(await b.holder(), 'a');
  assert.equal(await a.renew(), true);
  clock.nowMs += 1;
  assert.equal(await b.holder(), 'a', 'it was renewed');
  clock.nowMs += leaseSeconds * 1000;
  assert.equal(await b.holder(), undefined);
  assert.equal(await b.take(), true);
  assert.equal(await a.renew(), false);
  assert.equal(await a.holder(), 'b');
});

test('a renewal whose answer was lost does not lose the lease, and neither does the next one', async () => {
  await using api = await LeaseApi.start();
  const a = holder(api, 'a');
  assert.equal(await a.take(), true);
  api.losesNextAnswer = true;
  await assert.rejects(a.renew(), StoreFailed);
  assert.equal(await a.renew(), true);
  assert.equal(await a.renew(), true);
});

test('who gives back what another has by now takes nothing from it', async () => {
  await using api = await LeaseApi.start();
  const clock = new Clock();
  const [a, b] = [holder(api, 'a'), holder(api, 'b', clock)];
  assert.equal(await a.take(), true);
  await b.holder();
  clock.nowMs += leaseSeconds * 1000;
  assert.equal(await b.take(), true);
  await a.release();
  assert.equal(api.leases.get('rlog-leader')?.spec.holderIdentity, 'b');
});

test('an API that is away, or refuses the token, is a failure of the store and not a free lease', async () => {
  await using api = await LeaseApi.start();
  const a = holder(api, 'a');
  assert.equal(await a.take(), true);
  await assert.rejects(holder(api, 'b', new Clock(), 'wrong').holder(), /StoreFailed: GET .*: 401/);
  api.isAway = true;
  for (const ask of [() => a.holder(), () => a.renew(), () => a.take()]) await assert.rejects(ask(), StoreFailed);
  api.isAway = false;
  assert.equal(await a.renew(), true);
});
