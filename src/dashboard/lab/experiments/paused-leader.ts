/** A leader that was away, and does not know it. */

import { duration } from '../../data/numbers.ts';
import type { Experiment } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

export const pausedLeader: Experiment = {
  id: 'paused-leader',
  arrangement: 'elections',
  title: 'Pause the leader',
  setting:
    'The leader is paused (SIGSTOP), as a long garbage collection or a frozen machine would. Another node is elected, and takes “B”. Then the old leader goes on, and at that moment “C” is written through it.',
  question: 'The old leader still thinks that it leads. What becomes of “C”?',
  choices: [
    { id: 'two-logs', text: 'It takes “C”, in place of “B”: now there are two logs.' },
    { id: 'one-log', text: 'It cannot commit “C” in its old epoch. “C” comes behind “B”, in the new one.' },
    { id: 'refused', text: 'It refuses: who was paused must be started anew.' },
  ],
  run: async (run) => {
    const { leader, others } = await run.roles();
    const first = answerOf(await run.append('“A” is written with w=majority', { message: 'A', w: 'majority', through: leader }));
    await run.act(`${leader}, which leads epoch ${first.epoch}, is paused`, leader, { do: 'pause' });
    const next = await run.anotherLeads('Another node leads', leader);
    const second = answerOf(
      await run.append(`“B” is written through ${next.leader}`, { message: 'B', w: 'majority', through: next.leader }),
    );
    await run.act(`${leader} goes on`, leader, { do: 'resume' });
    const third = await run.append(`“C” is written through ${leader}, at once`, { message: 'C', w: 'majority', through: leader });
    await run.allAreWell('All nodes hold the same log');
    const reads: string[] = [];
    for (const id of [leader, ...others]) reads.push(JSON.stringify(await run.read(`A reader asks ${id}`, id, first.offset)));
    const answer = 'answer' in third ? third.answer : undefined;
    const isOneLog = reads.every((read) => read === '["A","B","C"]');
    const isRefused = answer === undefined && reads.every((read) => read === '["A","B"]');
    const isSame = reads.every((read) => read === reads[0]);
    return {
      came: isOneLog ? 'one-log' : isRefused ? 'refused' : isSame ? undefined : 'two-logs',
      checks: [
        {
          claim: `${next.leader} led epoch ${next.epoch}, ${duration(next.ms)} after ${leader} was paused.`,
          holds: next.epoch > first.epoch,
        },
        { claim: `“B” got offset ${second.offset}, right behind “A”.`, holds: second.offset === first.offset + 1 },
        {
          claim: answer === undefined ? '“C” was not answered well.' : `“C” got offset ${answer.offset} in epoch ${answer.epoch}.`,
          holds: answer?.offset === second.offset + 1 && answer.epoch >= next.epoch,
        },
        { claim: 'All three nodes have “A”, “B” and “C”, in this order.', holds: isOneLog },
      ],
      why: [
        'Each message between nodes carries its epoch. Two nodes had promised to follow the higher one, so nobody stored what the old leader sent in its own: alone, it cannot commit anything.',
        'It heard of the higher epoch, became a follower, and passed “C” on. An epoch is a fencing token: whoever was asleep is stopped by it, however late it wakes.',
      ],
    };
  },
};
