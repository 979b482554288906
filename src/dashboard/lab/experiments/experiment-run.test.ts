import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Experiment } from './experiment.ts';
import { perform } from './perform.ts';
import type { Result } from './perform.ts';
import type { Step } from './experiment-run.ts';
import { experiments } from './experiments.ts';
import { FakeBench } from './fake-testbed.test-support.ts';
import type { Lie } from './fake-testbed.test-support.ts';

async function performed(
  experiment: Experiment,
  bench: FakeBench,
  controller = new AbortController(),
): Promise<{ readonly result: Result; readonly steps: ReadonlyMap<number, Step> }> {
  const steps = new Map<number, Step>();
  const result = await perform(experiment, bench, { signal: controller.signal, told: (step) => void steps.set(step.id, step) });
  return { result, steps };
}

function byId(id: string): Experiment {
  const found = experiments.find((each) => each.id === id);
  assert.ok(found !== undefined);
  return found;
}

/** What is to be found where the log keeps its promises. */
const right: Readonly<Record<string, string>> = {
  blocking: 'waits',
  'write-concern': 'each',
  'slow-secondary': 'together',
  'catching-up': 'all',
  'lost-disk': 'everything',
  'no-quorum': 'refused',
};

for (const experiment of experiments) {
  test(`the experiment ${experiment.id} finds what the log promises, tells every step, and puts everything back`, async () => {
    const bench = new FakeBench();
    const { result, steps } = await performed(experiment, bench);
    assert.ok(result.kind === 'done', JSON.stringify(result));
    assert.deepEqual(
      result.finding.checks.filter(({ holds }) => !holds),
      [],
    );
    assert.equal(result.finding.came, right[experiment.id]);
    assert.ok(experiment.choices.some(({ id }) => id === result.finding.came));
    assert.equal(bench.done.at(-1), 'reset');
    assert.equal(result.putBackFailure, undefined);
    for (const { text, state, note } of steps.values()) assert.ok(state === 'done' && note !== undefined, `${text}: ${state}`);
  });
}

const lies: readonly { readonly lie: Lie; readonly experiment: string; readonly came: string | undefined }[] = [
  { lie: 'acknowledges-at-once', experiment: 'blocking', came: 'at-once' },
  { lie: 'acknowledges-at-once', experiment: 'write-concern', came: undefined },
  { lie: 'acknowledges-at-once', experiment: 'slow-secondary', came: 'at-once' },
  { lie: 'delays-add-up', experiment: 'slow-secondary', came: 'in-turn' },
  { lie: 'forgets-what-it-missed', experiment: 'catching-up', came: undefined },
  { lie: 'loses-what-the-master-lost', experiment: 'lost-disk', came: 'nothing' },
  { lie: 'writes-alone', experiment: 'no-quorum', came: 'created' },
];

for (const { lie, experiment, came } of lies) {
  test(`in a log that ${lie.replaceAll('-', ' ')} the experiment ${experiment} does not find what is promised`, async () => {
    const { result } = await performed(byId(experiment), new FakeBench(lie));
    if (result.kind === 'done') {
      assert.equal(result.finding.came, came);
      assert.ok(result.finding.checks.some(({ holds }) => !holds));
    } else assert.equal(result.kind, 'failed');
  });
}

test('an experiment that is stopped half way puts everything back', async () => {
  const bench = new FakeBench();
  const controller = new AbortController();
  const steps: Step[] = [];
  const result = await perform(byId('blocking'), bench, {
    signal: controller.signal,
    told: (step) => {
      steps.push(step);
      if (step.text.startsWith('3.0 s') && step.state === 'running') controller.abort();
    },
  });
  assert.deepEqual(result, { kind: 'stopped', putBackFailure: undefined });
  assert.deepEqual(bench.done, ['reset', 'kill secondary2', 'reset']);
  const last = new Map(steps.map((step) => [step.id, step]));
  assert.ok(
    [...last.values()].every(({ state }) => state !== 'running'),
    'no step is left as if it went on',
  );
});

test('an experiment whose nodes never come to the normal state fails, says why, and tries to put everything back', async () => {
  const bench = new FakeBench('forgets-what-it-missed');
  await bench.act('secondary2', { do: 'kill' });
  await bench.append({ message: 'x', w: 1, timeoutMs: 1 }, new AbortController().signal);
  const { result, steps } = await performed(byId('blocking'), bench);
  assert.ok(result.kind === 'failed');
  assert.match(result.reason, /^not within 30\.0 s$/);
  assert.equal(bench.done.at(-1), 'reset');
  assert.ok([...steps.values()].some(({ state }) => state === 'failed'));
});

test('what cannot be put back is said', async () => {
  const bench = new FakeBench();
  bench.resetFailure = new Error('secondary1 did not serve');
  const { result } = await performed(byId('blocking'), bench);
  assert.deepEqual(result, { kind: 'failed', reason: 'secondary1 did not serve', putBackFailure: 'secondary1 did not serve' });
});
