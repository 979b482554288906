import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabNode } from '../../../api/lab.ts';
import type { Experiment } from './experiment.ts';
import { perform } from './perform.ts';
import type { Result } from './perform.ts';
import type { Step } from './experiment-run.ts';
import { experimentsFor } from './experiments.ts';
import type { Offer } from './experiments.ts';
import { FakeElections } from './fake-elections.test-support.ts';
import type { ElectionLie } from './fake-elections.test-support.ts';
import type { Bench } from './testbed.ts';
import { FakeBench } from './fake-testbed.test-support.ts';
import type { Lie } from './fake-testbed.test-support.ts';

async function performed(
  experiment: Experiment,
  bench: Bench,
  controller = new AbortController(),
): Promise<{ readonly result: Result; readonly steps: ReadonlyMap<number, Step> }> {
  const steps = new Map<number, Step>();
  const result = await perform(experiment, bench, { signal: controller.signal, told: (step) => void steps.set(step.id, step) });
  return { result, steps };
}

type Nodes = readonly Pick<LabNode, 'id' | 'kind'>[];

function mastered(count: number): Nodes {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? ({ id: 'master', kind: 'master' } as const) : ({ id: `secondary${index}`, kind: 'secondary' } as const),
  );
}

function equal(count: number): Nodes {
  return Array.from({ length: count }, (_, index) => ({ id: `n${index + 1}`, kind: 'node' }));
}

function possible(offers: readonly Offer[]): readonly Experiment[] {
  return offers.flatMap(({ experiment }) => experiment ?? []);
}

function byId(id: string): Experiment {
  const found = possible([mastered(3), equal(3)].flatMap(experimentsFor)).find((each) => each.id === id);
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
  'killed-leader': 'waits',
  'paused-leader': 'fenced',
  'cut-off-leader': 'majority-side',
  'hand-over': 'none',
  'forgetting-disk': 'blank',
};

const all = [2, 3, 4, 5, 9].flatMap((count) => [
  ...possible(experimentsFor(mastered(count))).map((experiment) => ({ experiment, benchOf: () => new FakeBench(undefined, count) })),
  ...possible(experimentsFor(equal(count))).map((experiment) => ({ experiment, benchOf: () => new FakeElections(undefined, count) })),
]);

for (const { experiment, benchOf } of all) {
  const { id: experimentId, nodeCount } = experiment;
  test(`${experimentId} with ${nodeCount} nodes finds what the log promises, tells every step, and gives the nodes back`, async () => {
    const bench = benchOf();
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
    assert.ok(!JSON.stringify([experiment, result, [...steps.values()]]).includes('undefined'));
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

const electionLies: readonly { readonly lie: ElectionLie; readonly experiment: string; readonly came: string | undefined }[] = [
  { lie: 'loses-what-the-leader-had', experiment: 'killed-leader', came: 'waits' },
  { lie: 'refuses-without-leader', experiment: 'killed-leader', came: 'refused' },
  { lie: 'lets-an-old-leader-overwrite', experiment: 'paused-leader', came: 'overwrites' },
  { lie: 'creates-without-majority', experiment: 'cut-off-leader', came: 'both' },
  { lie: 'refuses-while-handing-over', experiment: 'hand-over', came: 'several' },
  { lie: 'believes-a-disk-that-forgot', experiment: 'forgetting-disk', came: 'as-before' },
];

for (const { lie, experiment, came } of electionLies) {
  test(`in a log that ${lie.replaceAll('-', ' ')} the experiment ${experiment} does not find what is promised`, async () => {
    const { result } = await performed(byId(experiment), new FakeElections(lie));
    assert.ok(result.kind === 'done', JSON.stringify(result));
    assert.equal(result.finding.came, came);
    assert.ok(result.finding.checks.some(({ holds }) => !holds));
  });
}

test('an experiment gives the nodes back as they stood before it, with their delays, down or up', async () => {
  const bench = new FakeBench();
  await bench.act('secondary1', { do: 'delay', delayMs: 300 });
  await bench.act('secondary2', { do: 'kill' });
  const { result } = await performed(byId('write-concern'), bench);
  assert.ok(result.kind === 'done' && result.putBackFailure === undefined);
  const [, slow, down] = await bench.nodes();
  assert.equal(slow?.delayMs, 300);
  assert.equal(down?.isRunning, false);
});

test('an experiment is offered where it makes sense', () => {
  const idsFor = (nodes: Nodes): readonly string[] => experimentsFor(nodes).map(({ id }) => id);
  assert.ok(idsFor(mastered(3)).includes('lost-disk'));
  assert.ok(!idsFor(mastered(3)).includes('hand-over'));
  assert.ok(idsFor(equal(3)).includes('hand-over'));
  assert.ok(!idsFor(equal(3)).includes('lost-disk'));
  for (const nodes of [mastered(5), equal(5)]) assert.equal(possible(experimentsFor(nodes)).length, experimentsFor(nodes).length);
});

test('an experiment for which there are too few nodes is named, with the reason', () => {
  const reasons = (nodes: Nodes): readonly string[] => experimentsFor(nodes).map(({ id, reason }) => `${id}: ${reason ?? 'offered'}`);
  assert.ok(reasons(mastered(2)).includes('blocking: Needs three nodes: with two, neither may be missing, since one node is no majority.'));
  assert.ok(reasons(mastered(2)).includes('lost-disk: offered'));
  assert.ok(reasons(equal(1)).includes('hand-over: Needs two nodes: there is nobody to hand over to.'));
  assert.ok(reasons(equal(1)).includes('killed-leader: Needs three nodes.'));
});

test('an experiment that is stopped half way gives the nodes back', async () => {
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

test('nodes of which the experiment heard nothing stay as somebody had set them', async () => {
  const bench = new FakeBench();
  await bench.act('secondary1', { do: 'delay', delayMs: 300 });
  await bench.act('secondary2', { do: 'kill' });
  bench.nodes = () => Promise.reject(new Error('the lab does not answer'));
  const { result } = await performed(byId('write-concern'), bench);
  assert.deepEqual(result, { kind: 'failed', reason: 'the lab does not answer', putBackFailure: undefined });
  assert.deepEqual(bench.done, ['delay secondary1', 'kill secondary2']);
});

test('what cannot be put back is said', async () => {
  const bench = new FakeBench();
  bench.resetFailure = new Error('secondary1 did not serve');
  const { result } = await performed(byId('blocking'), bench);
  assert.deepEqual(result, { kind: 'failed', reason: 'secondary1 did not serve', putBackFailure: 'secondary1 did not serve' });
});
