/** One log, two slow nodes, three writers who ask for different things. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const [firstDelayMs, secondDelayMs] = [1000, 2000];
/** A busy machine may add less than this to any of them. */
const slackMs = 1000;

export const writeConcern: Experiment = {
  id: 'write-concern',
  arrangement: 'fixed leader',
  title: 'Write concern',
  setting:
    'secondary1 stores everything 1 s late, secondary2 2 s late. Three messages are written at the same moment: with w=1, w=2 and w=3.',
  question: 'When are they answered?',
  choices: [
    { id: 'together', text: 'All three after about 2 s: they go through one log, in one order.' },
    { id: 'each', text: 'w=1 at once, w=2 after about 1 s, w=3 after about 2 s.' },
    { id: 'sum', text: 'w=1 at once, w=2 after about 1 s, w=3 after about 3 s.' },
  ],
  run: async (run) => {
    await run.act('secondary1 gets a delay of 1 s', 'secondary1', { do: 'delay', delayMs: firstDelayMs });
    await run.act('secondary2 gets a delay of 2 s', 'secondary2', { do: 'delay', delayMs: secondDelayMs });
    await run.allAreWell('Both are back, and hold the whole log');
    const all = ([1, 2, 3] as const).map((w) => run.begin(`A message is written with w=${w}`, { message: `w=${w}`, w }));
    const written = await Promise.all(all.map((each) => each.written));
    const [one, two, three] = written.map(answerOf);
    if (one === undefined || two === undefined || three === undefined) throw new Error('three were written');
    const read = await run.read('A reader asks secondary2', 'secondary2', Math.min(one.offset, two.offset, three.offset));
    const isNear = (ms: number, wantedMs: number): boolean => ms >= wantedMs && ms < wantedMs + slackMs;
    const areFirstAsPromised = one.ms < slackMs && isNear(two.ms, firstDelayMs);
    const isTogether = [one, two, three].every(({ ms }) => isNear(ms, secondDelayMs));
    const came = isTogether
      ? 'together'
      : areFirstAsPromised && isNear(three.ms, secondDelayMs)
        ? 'each'
        : areFirstAsPromised && isNear(three.ms, firstDelayMs + secondDelayMs)
          ? 'sum'
          : undefined;
    return {
      came,
      checks: [
        { claim: `w=1 was answered after ${duration(one.ms)}.`, holds: one.ms < slackMs },
        { claim: `w=2 was answered after ${duration(two.ms)}.`, holds: isNear(two.ms, firstDelayMs) && two.acks >= 2 },
        { claim: `w=3 was answered after ${duration(three.ms)}.`, holds: isNear(three.ms, secondDelayMs) && three.acks === 3 },
        { claim: 'All three are in the log of the slowest node.', holds: ['w=1', 'w=2', 'w=3'].every((message) => read.includes(message)) },
      ],
      why: [
        'The master sends every message to both secondaries at once; w only says how many of the three nodes the writer waits for, the master among them. So w=1 waits for the master’s disk, w=2 for the faster secondary, w=3 for the slower one.',
        'The delays do not add up, and nobody waits for what another writer asked for.',
      ],
    };
  },
};
