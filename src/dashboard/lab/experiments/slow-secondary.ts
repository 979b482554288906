/** Several writers at once, and a secondary that takes its time. */

import { duration, inWords } from '../../data/numbers.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const delayMs = 2000;
/** A browser keeps six connections to one server, and needs some for the rest of the page. */
const writers = ['one', 'two', 'three', 'four'];

export const slowSecondary: Script = {
  id: 'slow-secondary',
  arrangement: 'fixed leader',
  title: 'A slow secondary',
  nodesMin: 2,
  nodesMinReason: 'there is no secondary',
  playWith: ({ count, secondaries: [slow = ''] }) => ({
    setting: `${slow} stores everything 2 s late. Four messages are written at the same moment, all with w=all.`,
    question: 'When is the last of the four answered?',
    choices: [
      { id: 'in-turn', text: 'After about 8 s: 2 s for each.' },
      { id: 'together', text: 'After about 2 s: all wait at the same time.' },
      { id: 'at-once', text: 'At once: the other nodes are quick.' },
    ],
    run: async (run) => {
      await run.act(`${slow} gets a delay of 2 s`, slow, { do: 'delay', delayMs });
      await run.allAreWell('It is back, and has the whole log');
      const waiting = writers.map((message) => run.begin(`“${message}” is written with w=all`, { message, w: 'all' }));
      const answers = (await Promise.all(waiting.map((each) => each.written))).map(answerOf);
      const from = Math.min(...answers.map(({ offset }) => offset));
      const [quickest, slowest] = [Math.min(...answers.map(({ ms }) => ms)), Math.max(...answers.map(({ ms }) => ms))];
      const atMaster = await run.read('A reader asks the master', 'master', from);
      const atSlow = await run.read(`Another one asks ${slow}`, slow, from);
      const came = slowest < delayMs ? 'at-once' : slowest < 2 * delayMs ? 'together' : slowest > 3 * delayMs ? 'in-turn' : undefined;
      return {
        came,
        checks: [
          { claim: `The first was answered after ${duration(quickest)}: not before the delay.`, holds: quickest >= delayMs },
          { claim: `The last was answered after ${duration(slowest)}.`, holds: came === 'together' },
          { claim: `All ${inWords(count)} nodes had each of them.`, holds: answers.every(({ acks }) => acks === count) },
          {
            claim: `${slow} has the four in the same order as the master.`,
            holds: atMaster.length === writers.length && JSON.stringify(atMaster) === JSON.stringify(atSlow),
          },
        ],
        why: [
          'A delay is not a queue: the master sends on without waiting for the last acknowledgement. So the four were under way together, and their two seconds were the same two seconds.',
          'The order is the master’s: each message gets its offset before it is sent to anybody, and every node stores by offset.',
        ],
      };
    },
  }),
};
