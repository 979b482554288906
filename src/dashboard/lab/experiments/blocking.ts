/** A write that asks for all nodes, while one of them is dead. */

import { duration, inWords } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const watchMs = 3000;

export const blocking: Script = {
  id: 'blocking',
  arrangement: 'fixed leader',
  title: 'Blocking replication',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: ({ count, secondaries }) => {
    const victim = secondaries.at(-1) ?? '';
    return {
      setting: `${victim} is killed. Then somebody writes a message and asks that all ${inWords(count)} nodes hold it (w=all).`,
      question: 'What answer does the writer get?',
      choices: [
        { id: 'at-once', text: `“Created”, at once: ${inWords(count - 1)} of ${inWords(count)} nodes have it.` },
        { id: 'waits', text: `None until ${victim} is back. Then “created”.` },
        { id: 'refused', text: 'A refusal, at once: not all nodes are there.' },
      ],
      run: async (run) => {
        const first = answerOf(await run.append('All nodes are up. “A” is written with w=all', { message: 'A', w: 'all' }));
        await run.act(`${victim} is killed (kill -9)`, victim, { do: 'kill' });
        const waiting = run.begin('“B” is written with w=all', { message: 'B', w: 'all' });
        await run.pause(`${duration(watchMs)} go by`, watchMs, () =>
          waiting.outcome() === undefined ? '“B” is not answered' : '“B” is answered',
        );
        const early = waiting.outcome();
        const shown = await run.read('Meanwhile a reader asks the master', 'master', first.offset);
        const startedAt = run.now();
        await run.act(`${victim} is started again`, victim, { do: 'start' });
        const second = early ?? (await waiting.written);
        const acks = 'answer' in second ? second.answer.acks : 0;
        const sinceStart = Math.max(0, run.now() - startedAt);
        const held = await run.read(`A reader asks ${victim}`, victim, first.offset);
        const came = early === undefined ? 'waits' : 'answer' in early ? 'at-once' : 'refused';
        return {
          came,
          checks: [
            {
              claim: `With all nodes up, “A” was answered after ${duration(first.ms)}, held by ${first.acks} nodes.`,
              holds: first.acks === count,
            },
            { claim: `With ${victim} down, “B” had no answer within ${duration(watchMs)}.`, holds: early === undefined },
            { claim: 'Until then the master did not show “B” to readers.', holds: !shown.includes('B') },
            { claim: `“B” was answered after ${duration(second.ms)}, held by ${acks} nodes.`, holds: acks === count },
            { claim: `${victim} has “A” and “B”, in this order.`, holds: JSON.stringify(held) === '["A","B"]' },
          ],
          why: [
            '“Created” says what has happened, not what is likely: with w=all it means that every node has the message on disk.',
            `So the write waited. ${duration(sinceStart)} after its start, ${victim} had fetched what it lacked and acknowledged it: now all ${inWords(count)} nodes had it.`,
          ],
        };
      },
    };
  },
};
