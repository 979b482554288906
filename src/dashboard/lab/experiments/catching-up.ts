/** A secondary that misses some messages, and comes back. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const missed = ['one', 'two', 'three', 'four', 'five'];

export const catchingUp: Experiment = {
  id: 'catching-up',
  arrangement: 'fixed leader',
  title: 'A lost secondary catches up',
  setting:
    'secondary2 is killed. Five messages are written, each held by a majority. Then secondary2 is started, and a sixth is written with w=all.',
  question: 'What does secondary2 hold then?',
  choices: [
    { id: 'newest', text: 'Only the sixth: what it missed, it missed.' },
    { id: 'late', text: 'All six, but the sixth first: it came before the others were fetched.' },
    { id: 'all', text: 'All six, in the order in which they were written.' },
  ],
  run: async (run) => {
    await run.act('secondary2 is killed (kill -9)', 'secondary2', { do: 'kill' });
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
    await run.act('secondary2 is started again', 'secondary2', { do: 'start' });
    await run.waitUntil('It has as many entries as the master', async () => {
      const [master, back] = [await run.health('master'), await run.health('secondary2')];
      return back.ends.durableEnd >= master.ends.durableEnd;
    });
    const tookMs = run.now() - startedAt;
    const sixth = answerOf(await run.append('“six” is written with w=all', { message: 'six', w: 'all' }));
    const held = await run.read('A reader asks secondary2', 'secondary2', from);
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
        { claim: `Without secondary2 each message was answered within ${duration(slowest)}.`, holds: slowest < 2000 },
        { claim: `${duration(tookMs)} after its start secondary2 had all that it lacked.`, holds: true },
        { claim: `The sixth was answered after ${duration(sixth.ms)}, held by ${sixth.acks}.`, holds: sixth.acks === 3 },
        { claim: 'secondary2 holds the six in the order of the master.', holds: came === 'all' },
      ],
      why: [
        'A node that comes back says how far its log goes, and the master sends from there on. A log has no holes: the sixth cannot be stored before the five that stand before it.',
        'Nobody had to wait for it: a majority of three is two, and two were there.',
      ],
    };
  },
};
