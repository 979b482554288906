/** What `rlog dev` reports as lost, with a node that really lost it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Witness } from '../../src/cli/dev/witness.ts';
import { append, ask } from '../support/api.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test('lost messages are counted once, whoever wrote them, and those that are still there are not counted', onlyLong, async () => {
  await using cluster = new TestCluster();
  const node = cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'] });
  await node.start();
  await isReady(node);
  await append(node, 'before it looks');
  const witness = new Witness([node.url]);
  try {
    witness.start();
    await append(node, 'while it looks');
    const knows = (acknowledged: number) => async (): Promise<boolean> => {
      const found = await witness.readBack(node.url);
      assert.equal(found.lost, 0);
      return found.acknowledged === acknowledged;
    };
    await waitFor('it knows of both', knows(2));
    witness.acknowledged(2, '"told to the writer, and to nobody else"');
    assert.deepEqual(await witness.readBack(node.url), { acknowledged: 3, lost: 1 }, 'what a writer was told counts');
    await waitFor('it begins again with what is there', knows(2));
    assert.equal((await ask(node, '/messages?before=1', { method: 'DELETE' })).status, 200);
    assert.deepEqual(await witness.readBack(node.url), { acknowledged: 1, lost: 0 }, 'what the log let go is not lost');
    await node.kill();
    await node.start();
    await isReady(node);
    await append(node, 'another one in its place');
    assert.deepEqual(await witness.readBack(node.url), { acknowledged: 1, lost: 1 });
    await waitFor('it knows of the new log', knows(1));
  } finally {
    witness.stop();
  }
});
