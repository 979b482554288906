/** A secondary that misses some messages, and comes back. */

import { duration, inWords } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const missed = ['one', 'two', 'three', 'four', 'five'];

export const catchingUp: Script = {
  id: 'catching-up',
  arrangement: 'fixed leader',
  title: 'A lost secondary catches up',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: ({ count, majority, secondaries }) => {
    const victim = secondaries.at(-1) ?? '';
    return {
      setting: `${victim} is killed. Five messages are written, each held by a majority. Then ${victim} is started, and a sixth is written with w=all.`,
      question: `What does ${victim} have then?`,
      choices: [
        { id: 'newest', text: 'Only the sixth: what it missed is lost to it.' },
        { id: 'late', text: 'All six, but the sixth first: it came before the others were fetched.' },
        { id: 'all', text: 'All six, in the order in which they were written.' },
      ],
      run: async (run) => {
        await run.act(`${victim} is killed (kill -9)`, victim, { do: 'kill' });
        const answers = await run.step(
          'Five messages are written, one after the other, with w=majority',
          async () => {
            const done: ReturnType<typeof answerOf>[] = [];
            for (const message of missed) done.push(answerOf(await run.write({ message, w: 'majority' })));
            return done;
          },
          (done) => `each answered within ${duration(Math.max(...done.map(({ ms }) => ms)))}`,
        );
        const from = answers[0]?.offset ?? 0;
        const slowest = Math.max(...answers.map(({ ms }) => ms));
        const startedAt = run.now();
        await run.act(`${victim} is started again`, victim, { do: 'start' });
        await run.waitUntil('It has as many entries as the master', async () => {
          const [master, back] = [await run.health('master'), await run.health(victim)];
          return back.ends.durableEnd >= master.ends.durableEnd;
        });
        const tookMs = run.now() - startedAt;
        const sixth = answerOf(await run.append('“six” is written with w=all', { message: 'six', w: 'all' }));
        const held = await run.read(`A reader asks ${victim}`, victim, from);
        const text = JSON.stringify(held);
        const came =
          text === JSON.stringify([...missed, 'six'])
            ? 'all'
            : text === '["six"]'
              ? 'newest'
              : held.length === missed.length + 1 && held[0] === 'six'
                ? 'late'
                : undefined;
        return {
          came,
          checks: [
            { claim: `Without ${victim} each message was answered within ${duration(slowest)}.`, holds: slowest < 2000 },
            { claim: `${duration(tookMs)} after its start ${victim} had all that it lacked.`, holds: true },
            { claim: `The sixth was answered after ${duration(sixth.ms)}, held by ${sixth.acks} nodes.`, holds: sixth.acks === count },
            { claim: `${victim} has the six in the order of the master.`, holds: came === 'all' },
          ],
          why: [
            'A node that comes back says how far its log goes, and the master sends what follows. A log has no gaps: the sixth cannot be stored before the five in front of it.',
            `Nobody had to wait for it: a majority of ${inWords(count)} is ${inWords(majority)}, and ${inWords(count - 1)} nodes were up.`,
          ],
        };
      },
    };
  },
};
