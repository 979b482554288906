/** The lease in a real etcd. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtcdLease } from '../../examples/external-coordinator/etcd-lease.ts';
import { StoreFailed } from '../../examples/external-coordinator/lease-store.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { Etcd, withEtcd } from './etcd.ts';

const key = 'rlog/leader';

function holder(urls: readonly string[], name: string, ttlSeconds = 60): EtcdLease {
  return new EtcdLease({ urls, key, name, ttlSeconds, withinMs: 5000 });
}

async function leaseCount(etcd: Etcd): Promise<number> {
  const { leases = [] } = (await etcd.ask('lease/leases', {})) as { leases?: readonly object[] };
  return leases.length;
}

test('one of two gets the key, the other one leaves nothing behind, and gets it once it is given back', withEtcd, async () => {
  await using etcd = await Etcd.start();
  // One member is down: the others are asked.
  const urls = [`http://127.0.0.1:${await freePort()}`, etcd.url];
  const [a, b] = [holder(urls, 'a'), holder(urls, 'b')];
  assert.equal(await a.holder(), undefined);
  const taken = await Promise.all([a.take(), b.take()]);
  assert.deepEqual(taken.toSorted(), [false, true]);
  assert.equal(await leaseCount(etcd), 1);
  const [first, second, name] = taken[0] ? [a, b, 'a'] : [b, a, 'b'];
  assert.equal(await second.holder(), name);
  assert.equal(await first.renew(), true);
  assert.equal(await second.renew(), false);
  await first.release();
  assert.deepEqual([await second.holder(), await leaseCount(etcd)], [undefined, 0]);
  assert.equal(await second.take(), true);
});

test('who does not prolong the lease loses it, and who is told so gives up', withEtcd, async () => {
  await using etcd = await Etcd.start();
  const [a, b] = [holder([etcd.url], 'a', 1), holder([etcd.url], 'b')];
  assert.equal(await a.take(), true);
  assert.equal(await b.take(), false);
  await waitFor('the lease ends', async () => (await b.holder()) === undefined);
  assert.equal(await a.renew(), false);
  assert.equal(await b.take(), true);
});

test('an operator who deletes the key, or revokes the lease, takes it from its holder', withEtcd, async () => {
  await using etcd = await Etcd.start();
  const [a, b] = [holder([etcd.url], 'a'), holder([etcd.url], 'b')];
  assert.equal(await a.take(), true);
  await etcd.ask('kv/deleterange', { key: Buffer.from(key).toString('base64') });
  assert.equal(await b.take(), true);
  assert.equal(await a.renew(), false, 'its lease lives on, and its key is gone');
  assert.equal(await leaseCount(etcd), 1);
  const { leases = [] } = (await etcd.ask('lease/leases', {})) as { leases?: readonly { readonly ID: string }[] };
  for (const { ID } of leases) await etcd.ask('lease/revoke', { ID });
  assert.equal(await b.renew(), false);
  assert.equal(await a.take(), true);
});

test('an etcd that hangs or is away is a failure of the store, and not a free lease', withEtcd, async () => {
  await using etcd = await Etcd.start();
  const a = new EtcdLease({ urls: [etcd.url], key, name: 'a', ttlSeconds: 60, withinMs: 300 });
  assert.equal(await a.take(), true);
  etcd.signal('SIGSTOP');
  for (const ask of [() => a.holder(), () => a.renew()]) await assert.rejects(ask(), StoreFailed);
  etcd.signal('SIGCONT');
  await waitFor('it answers again', async () => {
    try {
      return await a.renew();
    } catch (error) {
      if (error instanceof StoreFailed) return false;
      throw error;
    }
  });
});
