import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabNode } from '../../api/lab.ts';
import { FakeBench } from './experiments/fake-testbed.test-support.ts';
import { experimentsFor } from './experiments/experiments.ts';
import { LabSession } from './lab-session.ts';

const stand = await new FakeBench().nodes();
const experiment = experimentsFor(stand)[0]?.experiment;

/** A session on nodes of which one was killed by somebody, and what is done to nodes when the page is left. */
async function aStand() {
  assert.ok(experiment !== undefined);
  const bench = new FakeBench();
  await bench.act('secondary2', { do: 'kill' });
  const page = new EventTarget();
  const resets: (readonly LabNode[])[] = [];
  const session = new LabSession(bench, (nodes) => void resets.push(nodes), page);
  return { experiment, bench, session, resets, leave: () => page.dispatchEvent(new Event('pagehide')) };
}

test('a page that is left before it heard how the nodes stand leaves them as they are', async () => {
  const { experiment: first, bench, session, resets, leave } = await aStand();
  const answer = Promise.withResolvers<readonly LabNode[]>();
  bench.nodes = () => answer.promise;
  const over = session.start(first, '');
  leave();
  assert.deepEqual(resets, []);
  answer.reject(new Error('left'));
  await over;
});

test('a page that is left in the middle of an experiment gives the nodes back as they stood', async () => {
  const { experiment: first, session, resets, leave } = await aStand();
  const over = session.start(first, '');
  const left = new Promise<void>((resolve) => {
    const end = session.subscribe(() => {
      if (!session.current?.steps.some(({ text }) => /nodes are healthy/.test(text))) return;
      end();
      leave();
      resolve();
    });
  });
  await left;
  assert.deepEqual(
    resets.map((nodes) => nodes.map(({ isRunning }) => isRunning)),
    [[true, true, false]],
  );
  session.stop();
  await over;
  leave();
  assert.equal(resets.length, 1, 'what is over is not put back again');
});
