/** `rlog members add` and `remove`, on real nodes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthOf } from '../support/api.ts';
import { startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test(
  'a member is removed and added again from the command line; adding an address where no node answers ends as unknown',
  onlyLong,
  async () => {
    const { cluster, master, s1, s2 } = await startThree();
    await using _ = cluster;
    // Any node forwards it to the leader.
    const env = { RLOG_URL: s1.url };
    const removed = await runRlog(['members', 'remove', 's2'], { env });
    assert.deepEqual(removed, { status: 0, stdout: 's2 is removed; "rlog members add URL" adds it again\n', stderr: '' });
    await waitFor('it is out', async () => (await healthOf(master)).members.every(({ id }) => id !== 's2'));
    const added = await runRlog(['members', 'add', s2.url], { env });
    assert.deepEqual([added.status, added.stderr], [0, '']);
    assert.match(added.stdout, /^s2 is (a member|joining: .*)\n$/);
    await waitFor('it counts again', async () =>
      (await healthOf(master)).members.some(({ id, state, health }) => id === 's2' && state === 'member' && health === 'healthy'),
    );
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const unreached = await runRlog(['members', 'add', nowhere], { env });
    assert.equal(unreached.status, 3);
    assert.equal(unreached.stderr, `rlog: the leader cannot reach ${nowhere} yet; it keeps trying for a minute\n`);
    const wrong = await runRlog(['members', 'add', 'nowhere'], { env });
    assert.deepEqual([wrong.status, wrong.stderr], [2, 'rlog: "nowhere" is not a URL like http://127.0.0.1:5000\n']);
  },
);
