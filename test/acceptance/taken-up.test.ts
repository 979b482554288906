/** A running cluster without anything takes up tokens and a secret, node by node under load, and gives them up again. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask, messagesOf } from '../support/api.ts';
import { Follower, Load, assertStoredOnceInOrder } from '../support/load.ts';
import { onlyLong } from '../support/long.ts';
import { startEqual } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { replaceFile, restartEach } from '../support/rolling.ts';
import { waitFor } from '../support/wait.ts';

const token = 'token-that-may-do-all-03';
const json = { 'content-type': 'application/json' };

test(
  'a running cluster takes tokens and a secret up node by node under load, and gives them up again: no append fails',
  onlyLong,
  async (t) => {
    await using cluster = await startEqual(3);
    const urls = cluster.nodes.map(({ url }) => url);
    const settings = { API_TOKENS_FILE: join(cluster.folder, 'tokens'), CLUSTER_SECRET_FILE: join(cluster.folder, 'secrets') };
    replaceFile(settings.API_TOKENS_FILE, `boss admin ${token}\n`);
    replaceFile(settings.CLUSTER_SECRET_FILE, 'correct horse battery staple\n');
    const insecure = { ...settings, ACCEPT_INSECURE: '1' };
    const post = async (node: TestNode, headers: Record<string, string> = {}): Promise<unknown> => {
      const answer = await ask(node, '/messages', { method: 'POST', headers: { ...json, ...headers }, body: '{"message":"?"' });
      return answer.json['code'];
    };

    const errors = (): string[] =>
      cluster.nodes.flatMap(({ output }) => output.split('\n').filter((line) => line.includes('"level":"error"')));

    await using plain = new Load({ name: 'plain', urls });
    await using follower = new Follower({ urls: urls.toReversed(), token: () => token });
    await restartEach(cluster, () => ({ env: insecure }), token);
    for (const node of cluster.nodes) assert.equal(node.events('node.accepts-insecure').length, 1);
    await plain.reachesAll();
    await using known = new Load({ name: 'known', urls, token });
    await plain.stop();
    await restartEach(cluster, () => ({ env: settings }), token);
    for (const node of cluster.nodes) {
      assert.equal(await post(node), 'unauthorized');
      assert.equal(await post(node, { authorization: `Bearer ${token}`, 'rlog-forwarded': 'n1' }), 'proof-required');
    }
    await known.reachesAll();
    assert.deepEqual(errors(), [], 'nobody is called for what is on its way');
    // One that forgot them is not heard until it has them again.
    const [forgetful, ...others] = cluster.nodes as [TestNode, TestNode, TestNode];
    await forgetful.stop();
    await forgetful.start();
    for (const other of others) {
      const isRefused = (): boolean =>
        other.events('stream.refused').some(({ caller, code }) => caller === 'n1' && code === 'proof-required');
      await waitFor(`${other.id} refuses it`, isRefused);
    }
    await known.goesOn();
    assert.equal((await ask(forgetful, '/ready')).status, 503);
    await forgetful.stop();
    await forgetful.start({ env: settings });
    for (const node of cluster.nodes) node.output = '';

    await restartEach(cluster, () => ({ env: insecure }), token);
    await using plainAgain = new Load({ name: 'plain again', urls });
    await plainAgain.reachesAll();
    // The clients with a token go on: it does no harm.
    await restartEach(cluster, () => ({}), token);
    for (const load of [known, plainAgain]) {
      await load.reachesAll();
      await load.stop();
    }

    assert.deepEqual(errors(), []);
    const loads = [plain, known, plainAgain];
    for (const { report } of loads) t.diagnostic(report);
    const stored = await messagesOf(cluster.nodes[0] ?? assert.fail(), '?read=linearizable');
    assertStoredOnceInOrder(stored, loads);
    await follower.hears(stored);
  },
);
