/** A master without a majority. */

import { duration, inWords } from '../../data/numbers.ts';
import { list } from '../../../api/wording.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

/** Whoever is refused at once need not wait as long as this. */
const soonMs = 2000;

export const noQuorum: Script = {
  id: 'no-quorum',
  arrangement: 'fixed leader',
  title: 'No quorum',
  nodesMin: 2,
  nodesMinReason: 'there is no secondary that can be missed',
  playWith: ({ count, majority, secondaries }) => {
    const victims = secondaries.slice(0, count - majority + 1);
    const [returning = ''] = victims;
    const are = victims.length === 1 ? 'is' : 'are';
    return {
      setting: `${list(victims)} ${are} killed. Once the master has noticed, somebody writes with w=1: only the master has to have the message.`,
      question: 'What answer does the writer get?',
      choices: [
        { id: 'created', text: '“Created”: the master is one node, and w=1 asks for one.' },
        { id: 'refused', text: 'A refusal, at once.' },
        { id: 'waits', text: 'None until a secondary is back.' },
      ],
      run: async (run) => {
        const first = answerOf(await run.append('All nodes are up. “A” is written with w=1', { message: 'A', w: 1 }));
        for (const id of victims) await run.act(`${id} is killed (kill -9)`, id, { do: 'kill' });
        const noticedMs = await run.waitUntil('The master has noticed', async () => (await run.health('master')).status === 'read-only');
        const refused = await run.append('“B” is written with w=1', { message: 'B', w: 1 });
        const read = await run.read('A reader asks the master', 'master', first.offset);
        await run.act(`${returning} is started again`, returning, { do: 'start' });
        await run.waitUntil('The master has a majority again', async () => (await run.health('master')).status !== 'read-only');
        const third = answerOf(await run.append('“C” is written with w=1', { message: 'C', w: 1 }));
        const afterwards = await run.read('A reader asks the master', 'master', first.offset);
        const problem = 'problem' in refused ? refused.problem : undefined;
        const came = problem === undefined ? (refused.ms < soonMs ? 'created' : 'waits') : refused.ms < soonMs ? 'refused' : 'waits';
        return {
          came,
          checks: [
            { claim: `The master noticed after ${duration(noticedMs)} that it had no majority.`, holds: true },
            {
              claim: `“B” was ${problem === undefined ? 'answered' : `refused with ${problem.code}`} after ${duration(refused.ms)}.`,
              holds: came === 'refused' && problem?.code === 'no-quorum',
            },
            { claim: 'The refusal said “rejected”: “B” was not stored, and will not be.', holds: problem?.outcome === 'rejected' },
            { claim: 'Reads went on without a majority.', holds: JSON.stringify(read) === '["A"]' },
            {
              claim: `With ${returning} back, “C” was answered after ${duration(third.ms)}.`,
              holds: JSON.stringify(afterwards) === '["A","C"]',
            },
          ],
          why: [
            'w says what one writer waits for. Whether the log takes writes at all is another question: a master that hears no majority cannot know whether the others go on without it, and what it took then could be lost.',
            `So it refuses before anything has happened, and says that nothing has. ${inWords(majority).replace(/^./, (letter) => letter.toUpperCase())} of ${inWords(count)} nodes are enough to go on.`,
          ],
        };
      },
    };
  },
};
