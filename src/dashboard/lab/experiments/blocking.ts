/** A write that asks for all nodes, while one of them is dead. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const watchMs = 3000;

export const blocking: Experiment = {
  id: 'blocking',
  arrangement: 'fixed leader',
  title: 'Blocking replication',
  setting: 'secondary2 is killed. Then somebody writes a message and asks that all three nodes hold it (w=all).',
  question: 'What does the writer hear?',
  choices: [
    { id: 'at-once', text: '“Created”, at once: two of three nodes have it.' },
    { id: 'waits', text: 'Nothing, until secondary2 is back. Then “created”.' },
    { id: 'refused', text: 'A refusal, at once: not all nodes are there.' },
  ],
  run: async (run) => {
    const first = answerOf(await run.append('All nodes run. “A” is written with w=all', { message: 'A', w: 'all' }));
    await run.act('secondary2 is killed (kill -9)', 'secondary2', { do: 'kill' });
    const waiting = run.begin('“B” is written with w=all', { message: 'B', w: 'all' });
    await run.pause(`${duration(watchMs)} go by`, watchMs, () =>
      waiting.outcome() === undefined ? '“B” is not answered' : '“B” is answered',
    );
    const early = waiting.outcome();
    const shown = await run.read('A reader asks the master meanwhile', 'master', first.offset);
    const startedAt = run.now();
    await run.act('secondary2 is started again', 'secondary2', { do: 'start' });
    const second = early ?? (await waiting.written);
    const acks = 'answer' in second ? second.answer.acks : 0;
    const sinceStart = Math.max(0, run.now() - startedAt);
    const held = await run.read('A reader asks secondary2', 'secondary2', first.offset);
    const came = early === undefined ? 'waits' : 'answer' in early ? 'at-once' : 'refused';
    return {
      came,
      checks: [
        { claim: `With all nodes up, “A” was answered after ${duration(first.ms)}, held by ${first.acks}.`, holds: first.acks === 3 },
        { claim: `With secondary2 down, “B” had no answer within ${duration(watchMs)}.`, holds: early === undefined },
        { claim: 'Until then the master did not show “B” to readers.', holds: !shown.includes('B') },
        { claim: `“B” was answered after ${duration(second.ms)}, held by ${acks}.`, holds: acks === 3 },
        { claim: 'secondary2 has “A” and “B”, in this order.', holds: JSON.stringify(held) === '["A","B"]' },
      ],
      why: [
        'An answer says what is, not what is likely: “created” with w=all means that every node holds the message on its disk.',
        `So the write waited. ${duration(sinceStart)} after its start secondary2 was back, had fetched what it lacked and said so; that was the third node.`,
      ],
    };
  },
};
