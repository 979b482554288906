/** A leader that was away, and does not know it. */

import { duration } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

export const pausedLeader: Script = {
  id: 'paused-leader',
  arrangement: 'elections',
  title: 'Pause the leader',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: () => ({
    setting:
      'The leader is paused (SIGSTOP), as by a long garbage collection or a frozen machine. Another node is elected, and takes “B”. Then the old leader goes on, and at that moment “C” is written through it.',
    question: 'The old leader may still believe that it leads. What becomes of “C”?',
    choices: [
      { id: 'overwrites', text: 'It takes the place of “B”: the old leader was there first.' },
      { id: 'two-logs', text: 'The old leader keeps it for itself: now there are two logs.' },
      { id: 'fenced', text: 'It cannot be committed in the old epoch: it comes after “B”, or its writer is told that it failed.' },
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
      await run.allAreWell('All nodes have the same log');
      const reads: string[] = [];
      for (const id of [leader, ...others]) reads.push(JSON.stringify(await run.read(`A reader asks ${id}`, id, first.offset)));
      const answer = 'answer' in third ? third.answer : undefined;
      const isSame = reads.every((read) => read === reads[0]);
      const isBehind = reads[0] === '["A","B","C"]';
      // Who hears "unknown" has to reckon with both.
      const isNowhere = reads[0] === '["A","B"]' && answer === undefined;
      const isFenced = isSame && (isBehind || isNowhere);
      return {
        came: isFenced ? 'fenced' : isSame ? 'overwrites' : 'two-logs',
        checks: [
          {
            claim: `${next.leader} led epoch ${next.epoch}, ${duration(next.ms)} after ${leader} was paused.`,
            holds: next.epoch > first.epoch,
          },
          { claim: `“B” got offset ${second.offset}, right after “A”.`, holds: second.offset === first.offset + 1 },
          {
            claim:
              'answer' in third
                ? `“C” was created after ${duration(third.ms)}: offset ${third.answer.offset}, in epoch ${third.answer.epoch}.`
                : `“C” failed after ${duration(third.ms)} with ${third.problem.code}, ${third.problem.outcome}.`,
            holds: answer === undefined || (answer.offset === second.offset + 1 && answer.epoch >= next.epoch),
          },
          { claim: `All nodes have “A” and “B”${isBehind ? ', and “C” after them' : ', and none has “C”'}.`, holds: isFenced },
        ],
        why: [
          'Each message between nodes carries its epoch. A majority had promised to follow the higher one, so nobody stored what the old leader sent in its own: alone, it cannot commit anything.',
          'It hears of the higher epoch and becomes a follower. An epoch is a fencing token: it stops a node that was asleep, however late that node wakes up.',
        ],
      };
    },
  }),
};
