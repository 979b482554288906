/** Several writers at once, and a secondary that takes its time. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const delayMs = 2000;
/** A browser keeps six connections to one server, and needs some for the rest of the page. */
const writers = ['one', 'two', 'three', 'four'];

export const slowSecondary: Experiment = {
  id: 'slow-secondary',
  arrangement: 'fixed leader',
  title: 'A slow secondary',
  setting: 'secondary1 stores everything 2 s late. Four messages are written at the same moment, all with w=all.',
  question: 'When is the last of the four answered?',
  choices: [
    { id: 'in-turn', text: 'After about 8 s: 2 s for each.' },
    { id: 'together', text: 'After about 2 s: all wait at the same time.' },
    { id: 'at-once', text: 'At once: two of three nodes are quick.' },
  ],
  run: async (run) => {
    await run.act('secondary1 gets a delay of 2 s', 'secondary1', { do: 'delay', delayMs });
    await run.allAreWell('It is back, and holds the whole log');
    const waiting = writers.map((message) => run.begin(`“${message}” is written with w=all`, { message, w: 'all' }));
    const answers = (await Promise.all(waiting.map((each) => each.written))).map(answerOf);
    const from = Math.min(...answers.map(({ offset }) => offset));
    const [quickest, slowest] = [Math.min(...answers.map(({ ms }) => ms)), Math.max(...answers.map(({ ms }) => ms))];
    const atMaster = await run.read('A reader asks the master', 'master', from);
    const atSlow = await run.read('Another one asks secondary1', 'secondary1', from);
    const came = slowest < delayMs ? 'at-once' : slowest < 2 * delayMs ? 'together' : slowest > 3 * delayMs ? 'in-turn' : undefined;
    return {
      came,
      checks: [
        { claim: `The first was answered after ${duration(quickest)}: not before the delay.`, holds: quickest >= delayMs },
        { claim: `The last was answered after ${duration(slowest)}.`, holds: came === 'together' },
        { claim: 'Every one was held by three nodes.', holds: answers.every(({ acks }) => acks === 3) },
        {
          claim: `secondary1 has the same four in the same order as the master.`,
          holds: atMaster.length === writers.length && JSON.stringify(atMaster) === JSON.stringify(atSlow),
        },
      ],
      why: [
        'A delay is no queue: the master sends on without waiting for the last acknowledgement, so the four were under way together and their two seconds are the same two seconds.',
        'The order is the master’s: each message has its offset before it is sent to anybody, and every node stores by offset.',
      ],
    };
  },
};
