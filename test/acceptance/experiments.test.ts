/** The experiments of the page's lab, run against real nodes as the page runs them. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { realBench } from '../../src/dashboard/lab/experiments/testbed.ts';
import { perform } from '../../src/dashboard/lab/experiments/perform.ts';
import { experimentsFor } from '../../src/dashboard/lab/experiments/experiments.ts';
import { planNodes } from '../../src/lab/node-plans.ts';
import { devPorts, startDev } from '../support/dev.ts';
import type { Dev } from '../support/dev.ts';
import { TestCluster, quickHealth } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const ownFetch = globalThis.fetch;
after(() => (globalThis.fetch = ownFetch));

const stands = [2, 3, 4, 5].flatMap((nodeCount) => [
  { nodeCount, coordinator: 'static', args: ['--nodes', String(nodeCount)] } as const,
  { nodeCount, coordinator: 'elections', args: ['--nodes', String(nodeCount), '--ha'] } as const,
]);

for (const { nodeCount, coordinator, args } of stands) {
  const ports = Array.from({ length: nodeCount }, (_, index) => index);
  const nodes = planNodes({ coordinator, root: '', ports, labPort: nodeCount, delaysMs: [], logLevel: '' });
  const experiments = experimentsFor(nodes).flatMap(({ experiment }) => experiment ?? []);
  describe(`${nodeCount} nodes, ${coordinator === 'static' ? 'with a master' : 'equal'}`, onlyLong, () => {
    const cluster = new TestCluster();
    let dev: Dev;

    before(async () => {
      const own = await devPorts(nodeCount);
      // The page uses paths, relative to the server that it came from.
      globalThis.fetch = (path, init) => ownFetch(typeof path === 'string' ? new URL(path, `http://127.0.0.1:${own.at(-1)}/`) : path, init);
      dev = startDev(cluster, args, { ports: own, env: quickHealth });
      await waitFor('the lab serves', async () => {
        try {
          return (await fetch('lab')).ok;
        } catch {
          return false;
        }
      });
    });

    after(async () => {
      dev.child.stdin?.write('q');
      assert.equal(await dev.exited, 0);
      await cluster[Symbol.asyncDispose]();
    });

    for (const experiment of experiments) {
      test(`${experiment.title}: the measurements on real nodes are what the log promises`, async () => {
        const steps = new Map<number, string>();
        const result = await perform(experiment, realBench, {
          signal: AbortSignal.timeout(60_000),
          told: ({ id, text, state, note }) => void steps.set(id, `${state}: ${text} (${note ?? ''})`),
        });
        const told = [...steps.values()].join('\n');
        assert.equal(result.kind, 'done', `${JSON.stringify(result)}\n${told}`);
        if (result.kind !== 'done') return;
        assert.deepEqual(
          result.finding.checks.filter(({ holds }) => !holds),
          [],
          told,
        );
        assert.ok(result.finding.came !== undefined);
        assert.equal(result.putBackFailure, undefined);
        if (process.env['SHOW'] === '1') process.stdout.write(`${told}\n${result.finding.checks.map(({ claim }) => claim).join('\n')}\n\n`);
      });
    }
  });
}
