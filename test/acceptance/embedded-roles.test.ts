/** What runs on the one node that leads: who leads as a service sees it, and a task with its epoch. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../src/embed/index.ts';
import type { Entry, Lead, LogNode } from '../../src/embed/index.ts';
import { startTestCluster } from '../../src/testing/index.ts';
import { exampleOf } from '../support/page-steps.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

interface Written {
  readonly by: string;
  readonly epoch: number;
}

async function entriesOf(node: LogNode): Promise<Entry<Written>[]> {
  const entries: Entry<Written>[] = [];
  for await (const page of node.read<Written>({ level: 'linearizable' })) entries.push(...page);
  return entries;
}

/** A task that appends in the name of its epoch until it is aborted, on this node, and what became of it. */
class Worker {
  readonly runs: Lead[] = [];
  readonly ended: Promise<void>;
  stored = 0;

  constructor(node: LogNode) {
    this.ended = node.runOnLeader(async (lead) => {
      this.runs.push(lead);
      const { epoch, signal } = lead;
      for (;;) {
        await node.append({ by: node.id, epoch }, { ifEpoch: epoch, signal });
        this.stored += 1;
        await sleep(5, undefined, { signal });
      }
    });
  }
}

test('a task runs on the node that leads, moves on when it is killed or cut off, and stores nothing in a later epoch', async () => {
  await using cluster = await startTestCluster();
  const workers = new Map(cluster.nodes.map((node) => [node.id, new Worker(node)]));
  const workerOf = ({ id }: LogNode): Worker => workers.get(id) ?? assert.fail(`${id} has a task`);
  const writes = async (node: LogNode): Promise<void> => {
    const { stored } = workerOf(node);
    await waitFor(`the task on ${node.id} writes`, () => workerOf(node).stored > stored + 5);
  };
  const first = await cluster.leader();
  await writes(first);
  assert.deepEqual(
    cluster.nodes.map((node) => [node.isLeader, workerOf(node).runs.length]),
    cluster.nodes.map((node) => [node === first, node === first ? 1 : 0]),
  );

  await cluster.kill(first.id);
  await workerOf(first).ended;
  assert.equal(workerOf(first).runs[0]?.signal.aborted, true);
  const second = await cluster.leader();
  await writes(second);
  workers.set(first.id, new Worker(await cluster.restart(first.id)));
  await cluster.formed();

  // It does not hear of the next leader, and its task goes on until it notices.
  cluster.cut(second.id);
  await waitFor('another node leads', () => cluster.nodes.some((node) => node !== second && node.isLeader));
  const third = cluster.nodes.find((node) => node !== second && node.isLeader) ?? assert.fail('it leads');
  await writes(third);
  const [old] = workerOf(second).runs;
  await waitFor('its task is aborted', () => old?.signal.aborted === true);
  cluster.heal();
  await waitFor('it knows who leads', () => second.leader?.id === third.id);
  const late = await second.append({ by: second.id, epoch: old?.epoch ?? 0 }, { ifEpoch: old?.epoch }).catch((error: unknown) => error);
  assert.ok(late instanceof ProblemError && late.code === 'wrong-epoch', String(late));

  const epochs = (await entriesOf(third)).map(({ epoch, message }) => {
    assert.equal(epoch, message.epoch, 'each is in its own epoch');
    return epoch;
  });
  assert.deepEqual(
    epochs,
    epochs.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(epochs).size >= 3);
  for (const node of [...cluster.nodes]) await cluster.kill(node.id);
  await Promise.all([...workers.values()].map(({ ended }) => ended));
});

test('a node tells who leads, and a node that is stopped hands its task over', onlyLong, async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  const other = cluster.nodes.find((node) => node !== leader) ?? assert.fail('there are three');
  const { id, url } = leader;
  await waitFor('both know', () => leader.isLeader && other.leader?.id === id);
  assert.deepEqual([other.leader?.url, other.isLeader], [url, false]);
  assert.equal(other.leader?.epoch, leader.leader?.epoch);
  const told: (string | undefined)[] = [];
  const listener = (now: { readonly id: string } | undefined): void => void told.push(now?.id);
  assert.equal(other.on('leader', listener), other);
  const runs: Lead[] = [];
  const task = async (lead: Lead): Promise<void> => {
    runs.push(lead);
    if (!lead.signal.aborted) await once(lead.signal, 'abort');
  };
  const stop = new AbortController();
  const tasks = cluster.nodes.map((node) => node.runOnLeader(task, { signal: stop.signal }));
  await waitFor('it runs', () => runs.length === 1);
  await leader.stop();
  await tasks[cluster.nodes.indexOf(leader)];
  assert.deepEqual([leader.leader, leader.isLeader, runs[0]?.signal.aborted], [undefined, false, true]);
  await waitFor('another node runs it', () => runs.length === 2);
  assert.ok((runs[1]?.epoch ?? 0) > (runs[0]?.epoch ?? 0));
  await waitFor('it is told', () => told.length > 0 && told.at(-1) !== id && told.at(-1) !== undefined);
  other.off('leader', listener);
  stop.abort();
  await Promise.all(tasks);
  assert.throws(() => other.on('follower' as 'leader', listener), TypeError);
});

test('the task of the documents hands out every job once, through a change of leader', onlyLong, async () => {
  await using cluster = await startTestCluster();
  let [job, taken] = [0, 0];
  const nextJob = async (signal: AbortSignal): Promise<number> => {
    await sleep(2, undefined, { signal });
    return job++;
  };
  const program = exampleOf('docs/embedding.md', 'On the node that leads');
  const asModule = `export function start(node, nextJob, stop) {\n${program}\nreturn done;\n}`;
  const { start } = (await import(`data:text/javascript,${encodeURIComponent(asModule)}`)) as {
    readonly start: (node: LogNode, next: typeof nextJob, until: AbortController) => Promise<void>;
  };
  const stop = new AbortController();
  const done = cluster.nodes.map((node) => start(node, nextJob, stop));
  const handedOut = async (): Promise<number[]> => {
    const [node] = cluster.nodes;
    const jobs: number[] = [];
    for await (const page of node?.read<{ readonly handedOut: number }>({ level: 'linearizable' }) ?? [])
      jobs.push(...page.map(({ message }) => message.handedOut));
    taken = jobs.length;
    return jobs;
  };
  await waitFor('some are handed out', async () => (await handedOut()).length > 20);
  const before = taken;
  await cluster.kill((await cluster.leader()).id);
  await cluster.leader();
  await waitFor('more are handed out', async () => (await handedOut()).length > before + 20);
  stop.abort();
  await Promise.all(done);
  const jobs = await handedOut();
  assert.equal(new Set(jobs).size, jobs.length);
});
