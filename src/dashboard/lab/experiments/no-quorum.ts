/** A master on its own. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

/** Whoever is refused at once need not wait as long as this. */
const soonMs = 2000;

export const noQuorum: Experiment = {
  id: 'no-quorum',
  arrangement: 'fixed leader',
  title: 'No quorum',
  setting: 'Both secondaries are killed. Once the master has noticed, somebody writes with w=1: only the master has to hold the message.',
  question: 'What does the writer hear?',
  choices: [
    { id: 'created', text: '“Created”: the master is one node, and w=1 asks for one.' },
    { id: 'refused', text: 'A refusal, at once.' },
    { id: 'waits', text: 'Nothing, until a secondary is back.' },
  ],
  run: async (run) => {
    const first = answerOf(await run.append('All nodes run. “A” is written with w=1', { message: 'A', w: 1 }));
    for (const id of ['secondary1', 'secondary2']) await run.act(`${id} is killed (kill -9)`, id, { do: 'kill' });
    const noticedMs = await run.waitUntil('The master misses both', async () => (await run.health('master')).status === 'read-only');
    const refused = await run.append('“B” is written with w=1', { message: 'B', w: 1 });
    const read = await run.read('A reader asks the master', 'master', first.offset);
    await run.act('secondary1 is started again', 'secondary1', { do: 'start' });
    await run.waitUntil('The master has a majority again', async () => (await run.health('master')).status !== 'read-only');
    const third = answerOf(await run.append('“C” is written with w=1', { message: 'C', w: 1 }));
    const afterwards = await run.read('A reader asks the master', 'master', first.offset);
    const problem = 'problem' in refused ? refused.problem : undefined;
    const came = problem === undefined ? (refused.ms < soonMs ? 'created' : 'waits') : refused.ms < soonMs ? 'refused' : 'waits';
    return {
      came,
      checks: [
        { claim: `The master noticed after ${duration(noticedMs)} that it was alone.`, holds: true },
        {
          claim: `“B” was ${problem === undefined ? 'answered' : `refused with ${problem.code}`} after ${duration(refused.ms)}.`,
          holds: came === 'refused' && problem?.code === 'no-quorum',
        },
        { claim: 'The refusal said “rejected”: “B” was not stored, and will not be.', holds: problem?.outcome === 'rejected' },
        { claim: 'Reading went on without a majority.', holds: JSON.stringify(read) === '["A"]' },
        {
          claim: `With one secondary back, “C” was answered after ${duration(third.ms)}.`,
          holds: JSON.stringify(afterwards) === '["A","C"]',
        },
      ],
      why: [
        'w says what one writer waits for. Whether writes are taken at all is another matter: a master that hears no majority cannot know whether the others go on without it, and what it took then could be lost.',
        'So it refuses while nothing has happened yet, and says that nothing has. Two of three nodes are enough to go on.',
      ],
    };
  },
};
