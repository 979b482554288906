/** Clients do not notice that leaders die: a few rounds of `node test/cluster/client-kills.ts`, which does it as often as you like. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { runKills } from '../cluster/client-kills.ts';
import { startEqual } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test(
  'while leaders are killed, suspended and stopped, appends and followers continue: nothing is missing, comes twice or fails',
  onlyLong,
  async (t) => {
    const { waits, appended, followed, mistakes } = await runKills({ kills: 4, env: { LISTENER_HEARTBEAT_MS: '1000' } });
    for (const { end, appendMs, followMs } of waits) {
      t.diagnostic(`${end}: appends after ${Math.round(appendMs)} ms, readers after ${Math.round(followMs)} ms`);
    }
    assert.deepEqual(mistakes, []);
    assert.deepEqual(
      waits.map(({ end }) => end),
      ['kill', 'suspend', 'stop', 'kill'],
    );
    assert.deepEqual(followed, [appended, appended]);
  },
);

test('a client that was given one address survives the loss of that node, once it has spoken to it', async () => {
  await using cluster = await startEqual();
  const [n1, n2] = cluster.nodes;
  assert.ok(n1 !== undefined && n2 !== undefined);
  const asked = new Set<string>();
  const client = new LogClient({
    urls: n1.url,
    fetch: (url, init) => {
      asked.add(new URL(url).origin);
      return fetch(url, init);
    },
  });
  assert.equal((await client.append('before')).offset, 0);
  await waitFor('it has looked for the others', () => asked.size === 3);
  await n1.kill();
  assert.equal((await client.append('after')).offset, 1);

  // A client that learns no other nodes does not.
  const alone = new LogClient({ urls: n2.url, learnNodes: false });
  assert.equal((await alone.append('before')).offset, 2);
  await n2.kill();
  await assert.rejects(alone.append('after', { timeoutMs: 300 }), { code: 'unreachable' });
});
