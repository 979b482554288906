import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { runOnLeader } from './run-on-leader.ts';
import type { Lead, LeaderTask, LeadingNode, RunOnLeaderOptions } from './run-on-leader.ts';

/** A node that is told what it leads. */
class ToldNode implements LeadingNode {
  leads: number | undefined;
  isOver = false;
  readonly #watchers = new Set<() => void>();

  readonly watch = (told: () => void): (() => void) => {
    this.#watchers.add(told);
    return () => void this.#watchers.delete(told);
  };

  get watcherCount(): number {
    return this.#watchers.size;
  }

  becomes(leads: number | undefined, isOver = false): void {
    this.leads = leads;
    this.isOver = isOver;
    for (const told of [...this.#watchers]) told();
  }
}

/** Runs a task that waits until it is aborted. */
function watched(node: ToldNode, task: LeaderTask = ({ signal }) => once(signal, 'abort'), options: RunOnLeaderOptions = {}) {
  const runs: Lead[] = [];
  let ended = 0;
  const done = runOnLeader(
    node,
    async (lead) => {
      runs.push(lead);
      try {
        await task(lead);
      } finally {
        ended += 1;
      }
    },
    options,
  );
  return { runs, done, ended: () => ended };
}

/** Lets what is due happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Refused extends Error {
  readonly code = 'wrong-epoch';
}

test('a task runs while its node leads, is aborted when it does not, and runs again in its next epoch', async () => {
  const node = new ToldNode();
  const { runs, done, ended } = watched(node);
  await turn();
  assert.equal(runs.length, 0);
  node.becomes(3);
  await turn();
  assert.deepEqual(
    runs.map(({ epoch, signal }) => [epoch, signal.aborted]),
    [[3, false]],
  );
  node.becomes(undefined);
  await turn();
  const { aborted, reason } = (runs[0] ?? assert.fail('it ran')).signal;
  assert.deepEqual([aborted, (reason as Error).name, ended()], [true, 'AbortError', 1]);
  node.becomes(7);
  await turn();
  assert.equal(runs[1]?.epoch, 7);
  // It comes to lead a later epoch without having heard that it was deposed.
  node.becomes(9);
  await turn();
  assert.deepEqual([runs[1]?.signal.aborted, runs[2]?.epoch], [true, 9]);
  node.becomes(undefined, true);
  await done;
  assert.deepEqual([runs.length, ended(), node.watcherCount], [3, 3, 0]);
});

test('a task that returns is not begun again before its node leads anew', async () => {
  const node = new ToldNode();
  const { runs, done } = watched(node, () => undefined);
  node.becomes(3);
  await turn();
  node.becomes(3);
  await turn();
  assert.equal(runs.length, 1);
  // It was not certain of its lead for a while.
  node.becomes(undefined);
  await turn();
  node.becomes(3);
  await turn();
  assert.equal(runs.length, 2);
  node.becomes(undefined, true);
  await done;
});

test('a task that does not end when it is aborted keeps the next from beginning', async () => {
  const node = new ToldNode();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { runs, done } = watched(node, ({ epoch, signal }) => (epoch === 3 ? promise : once(signal, 'abort')));
  node.becomes(3);
  await turn();
  node.becomes(undefined);
  node.becomes(5);
  await turn();
  assert.deepEqual([runs.length, runs[0]?.signal.aborted], [1, true]);
  resolve();
  await turn();
  assert.deepEqual([runs.length, runs[1]?.epoch], [2, 5]);
  node.becomes(undefined, true);
  await done;
});

test('what a task throws is what the run rejects with, also when it was aborted before', async () => {
  for (const isAbortedFirst of [false, true]) {
    const node = new ToldNode();
    const { done } = watched(node, async ({ signal }) => {
      if (isAbortedFirst) await once(signal, 'abort');
      throw new Error('a mistake');
    });
    const failed = assert.rejects(done, /a mistake/);
    node.becomes(3);
    await turn();
    if (isAbortedFirst) node.becomes(undefined);
    await failed;
    assert.equal(node.watcherCount, 0);
  }
});

test('with onError, a task that failed is begun again while its node leads', async () => {
  const node = new ToldNode();
  const errors: unknown[] = [];
  const onError = (error: unknown, { epoch }: { readonly epoch: number }): void => void errors.push([(error as Error).message, epoch]);
  let runs = 0;
  const { done } = watched(
    node,
    ({ signal }) => {
      runs += 1;
      if (runs <= 2) throw new Error(`mistake ${runs}`);
      return once(signal, 'abort');
    },
    { onError, restartAfterMs: 0 },
  );
  node.becomes(3);
  while (runs < 3) await turn();
  assert.deepEqual(errors, [
    ['mistake 1', 3],
    ['mistake 2', 3],
  ]);
  node.becomes(undefined, true);
  await done;
});

test('an append that was fenced off is no error of the task, which waits for the next epoch', async () => {
  const node = new ToldNode();
  const { runs, done } = watched(node, ({ epoch, signal }) => {
    if (epoch === 3) throw new Refused('another epoch leads');
    return once(signal, 'abort');
  });
  node.becomes(3);
  await turn();
  node.becomes(undefined);
  node.becomes(8);
  await turn();
  assert.deepEqual(
    runs.map(({ epoch }) => epoch),
    [3, 8],
  );
  node.becomes(undefined, true);
  await done;
});

test('aborting the signal aborts the task with its reason, and ends the run', async () => {
  const node = new ToldNode();
  const stop = new AbortController();
  const { runs, done } = watched(node, undefined, { signal: stop.signal });
  node.becomes(3);
  await turn();
  stop.abort('enough');
  await done;
  assert.equal(runs[0]?.signal.reason, 'enough');
  node.becomes(5);
  await turn();
  assert.deepEqual([runs.length, node.watcherCount], [1, 0]);
});

test('options that are wrong are refused', async () => {
  await assert.rejects(runOnLeader(new ToldNode(), 'task' as unknown as LeaderTask), TypeError);
  await assert.rejects(
    runOnLeader(new ToldNode(), () => undefined, { restartAfterMs: Number.NaN }),
    RangeError,
  );
});
