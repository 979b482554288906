/** The log was deleted, and another one begun at the same addresses and under the same names. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { append, ask, healthOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { isReady, startThree } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test(
  'a log that was begun anew is not the continuation of the old one: for streams, lists, waiting requests and the client',
  onlyLong,
  async () => {
    const { cluster, master, s1, s2 } = await startThree({ memory: ['master', 's1', 's2'] });
    await using _ = cluster;
    const signal = AbortSignal.timeout(60_000);
    for (const message of ['old 0', 'old 1', 'old 2']) await append(master, message);
    using committed = await EventStream.open(master);
    using shown = await EventStream.open(s1, '?read=default');
    await Promise.all([committed.hears(3), shown.hears(3)]);
    const ids = [committed.ids.at(-1) ?? '', shown.ids.at(-1) ?? ''];
    const client = new LogClient({ urls: [master.url, s1.url] });
    const heard: unknown[] = [];
    const following = (async () => {
      for await (const { message } of client.follow({ signal })) heard.push(message);
    })();
    const waitingForMore = (async () => {
      for await (const { message } of client.follow({ from: 3, signal })) heard.push(message);
    })();
    const failures = Promise.all([following, waitingForMore].map((each) => each.catch((error: { code: string }) => error.code)));
    await waitFor('both follow', async () => heard.length === 3 && (await listeners(master.url)) === 3);
    const pages = client.read({ pageEntries: 2 });
    await pages.next();

    const nodes = [s1, s2, master];
    await Promise.all(nodes.map((node) => node.kill()));
    for (const node of nodes) node.spawn();
    for (const node of nodes) await node.serves();
    await isReady(master);
    await append(master, 'new 0');
    await waitFor('all have it', async () => (await Promise.all(nodes.map(healthOf))).every(({ ends }) => ends.committedEnd === 1));
    // Beyond the end of the committed log a bare offset is enough.
    for (const node of nodes) await isGone(node, '2', 'committed');
    await isGone(master, '2', 'default');
    for (let n = 1; n < 5; n += 1) await append(master, `new ${n}`);
    for (const id of ids) for (const node of nodes) await isGone(node, id, 'default');
    await assert.rejects(pages.next(), { code: 'history-changed' });
    assert.deepEqual(await failures, ['history-changed', 'history-changed']);
    assert.deepEqual(heard, ['old 0', 'old 1', 'old 2']);
  },
);

/** Waits, because a follower that cannot get a linearizable read in time answers `410` only later. */
async function isGone(node: { readonly url: string }, id: string, level: string): Promise<void> {
  const headers = { 'last-event-id': id };
  await waitFor(`a stream from ${id} on at ${node.url} is refused`, async () => {
    using stream = await EventStream.open(node, `?read=${level}`, headers);
    return stream.status === 410;
  });
  for (const more of ['', '&wait=5']) {
    const path = `/messages?read=${level}${more}`;
    await waitFor(`${path} from ${id} on at ${node.url} is refused`, async () => {
      const { status, json } = await ask(node, path, { headers });
      return status === 410 && json['code'] === 'history-changed' && json['outcome'] === 'rejected';
    });
  }
}

async function listeners(url: string): Promise<number> {
  const { text } = await ask({ url }, '/metrics');
  return [...text.matchAll(/^rlog_listeners\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}
