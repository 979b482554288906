/** examples/backup: what cron, a timer or a CronJob runs every night. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { version } from '../../src/api/version.ts';
import { append } from '../support/api.ts';
import { onlyLong } from '../support/long.ts';
import { mistakesIn } from '../support/manifests.ts';
import type { Manifest } from '../support/manifests.ts';
import { TestCluster, isReady, repository, rlogPath } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';

const folder = join(repository, 'examples/backup');

test(
  'the script takes a whole backup, then increments, begins anew after a week, keeps so many sets, and each can be restored',
  onlyLong,
  async () => {
    await using cluster = new TestCluster();
    const node = cluster.add({ kind: 'master', port: await freePort() });
    await node.start();
    await isReady(node);
    const dir = join(cluster.folder, 'backups');
    mkdirSync(dir);
    const run = async (): Promise<void> => {
      // A second gives a backup its name.
      const second = new Date().getSeconds();
      await waitFor('the next second', () => new Date().getSeconds() !== second);
      const env = { BACKUP_DIR: dir, RLOG_URL: node.url, RLOG: rlogPath, KEEP_SETS: '2' };
      const { status, stderr } = await runRlog(join(folder, 'backup.sh'), { env });
      assert.equal(status, 0, stderr);
      assert.ok(!readdirSync(dir).includes('running'));
    };
    const sets = (): string[] => readdirSync(dir).toSorted();
    for (const text of ['one', 'two', 'three']) {
      await append(node, text);
      await run();
    }
    const [first = '', ...none] = sets();
    assert.deepEqual(none, []);
    assert.deepEqual(
      readdirSync(join(dir, first)).map((name) => name.slice(0, 2)),
      ['0-', '1-', '1-'],
    );
    const target = join(cluster.folder, 'restored');
    const restored = await runRlog(
      `${rlogPath} restore ${join(dir, first)}/0-whole.tar.zst ${join(dir, first)}/1-*.tar.zst --data ${target}`,
    );
    assert.match(restored.stdout, /restored 3 entries \(offsets 0 to 2\)/);
    const aged = (set: string): void => {
      const weekAgo = Date.now() / 1000 - 8 * 24 * 3600;
      utimesSync(join(dir, set, '0-whole.tar.zst'), weekAgo, weekAgo);
    };
    aged(first);
    await run();
    assert.equal(sets().length, 2);
    aged(sets()[1] ?? '');
    await run();
    assert.equal(sets().length, 2);
    assert.ok(!sets().includes(first));
  },
);

test('the API of Kubernetes would take the CronJob, which runs the script in the image', () => {
  const documents = parseAllDocuments(readFileSync(join(folder, 'cronjob.yaml'), 'utf8')).map((each) => each.toJS() as Manifest);
  assert.deepEqual(
    documents.map(({ kind }) => kind),
    ['PersistentVolumeClaim', 'CronJob'],
  );
  assert.deepEqual(documents.flatMap(mistakesIn), []);
  const text = JSON.stringify(documents);
  assert.ok(text.includes(`"replicated-log:${version}"`) && text.includes('"/script/backup.sh"'));
});
