/** A master that loses all it had. */

import { duration } from '../../data/numbers.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

export const lostDisk: Script = {
  id: 'lost-disk',
  arrangement: 'fixed leader',
  title: 'The master loses its disk',
  nodesMin: 2,
  nodesMinReason: 'there is no secondary that has a copy',
  playWith: ({ secondaries: [witness = ''] }) => ({
    setting: 'Two messages are written. Then the master is killed, its disk is emptied, and it is started again.',
    question: 'What is in the log after that?',
    choices: [
      { id: 'nothing', text: 'Nothing: the master decides, and the secondaries copy its empty log.' },
      { id: 'everything', text: 'Both messages: the master fetches them from the secondaries before it leads.' },
      { id: 'stuck', text: 'Both, but only on the secondaries: the master does not lead any more.' },
    ],
    run: async (run) => {
      const first = answerOf(await run.append('“A” is written with w=all', { message: 'A', w: 'all' }));
      answerOf(await run.append('“B” is written with w=all', { message: 'B', w: 'all' }));
      const before = await run.health('master');
      await run.act('The master is killed, and its disk emptied', 'master', { do: 'wipe' });
      const alone = await run.read(`Meanwhile a reader asks ${witness}`, witness, first.offset);
      const startedAt = run.now();
      await run.act('The master is started again', 'master', { do: 'start' });
      await run.waitUntil('It leads, and takes writes', async () => {
        const { role, status } = await run.health('master');
        return role === 'leader' && status === 'healthy';
      });
      const tookMs = run.now() - startedAt;
      const after = await run.health('master');
      const third = answerOf(await run.append('“C” is written with w=all', { message: 'C', w: 'all' }));
      const [atMaster, atSecondary] = [
        await run.read('A reader asks the master', 'master', first.offset),
        await run.read(`Another one asks ${witness}`, witness, first.offset),
      ];
      const isWhole = JSON.stringify(atMaster) === '["A","B","C"]';
      return {
        came: isWhole ? 'everything' : atMaster.includes('A') || atMaster.includes('B') ? undefined : 'nothing',
        checks: [
          { claim: `While the master was gone, ${witness} showed “A” and “B” to readers.`, holds: JSON.stringify(alone) === '["A","B"]' },
          {
            claim: `${duration(tookMs)} after its start the master led again, in epoch ${after.epoch} after ${before.epoch}.`,
            holds: after.epoch > before.epoch,
          },
          { claim: 'It has another storage id than before.', holds: after.storage !== before.storage },
          { claim: `“C” got offset ${third.offset}, right after “B”.`, holds: third.offset === first.offset + 2 },
          {
            claim: `The master and ${witness} have “A”, “B” and “C”.`,
            holds: isWhole && JSON.stringify(atSecondary) === '["A","B","C"]',
          },
        ],
        why: [
          'Before it leads, a master asks a majority how far their logs go, and fetches what it lacks. An empty one fetches everything: being the master is no licence to overwrite.',
          'What was acknowledged is on the nodes that are left. And the new, higher epoch tells them all to ignore any older leader.',
        ],
      };
    },
  }),
};
