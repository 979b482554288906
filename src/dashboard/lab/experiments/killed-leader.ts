/** The leader is gone, and nobody starts it again. */

import { duration } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

export const killedLeader: Script = {
  id: 'killed-leader',
  arrangement: 'elections',
  title: 'Kill the leader',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: () => ({
    setting: '“A” is written, and a majority has it. Then the leader is killed, and at once “B” is written through another node.',
    question: 'What answer does the writer of “B” get?',
    choices: [
      { id: 'refused', text: 'A refusal: nobody takes writes until somebody starts the leader again.' },
      { id: 'waits', text: 'None for a moment, then “created”: the other nodes have elected a leader.' },
      { id: 'at-once', text: '“Created”, at once: any node can take a write.' },
    ],
    run: async (run) => {
      const { leader, others } = await run.roles();
      const first = answerOf(await run.append(`“A” is written with w=majority`, { message: 'A', w: 'majority', through: leader }));
      await run.act(`${leader}, which leads epoch ${first.epoch}, is killed (kill -9)`, leader, { do: 'kill' });
      const waiting = run.begin(`“B” is written through ${others[0]} with w=majority`, { message: 'B', w: 'majority', through: others[0] });
      const next = await run.anotherLeads('Another node leads', leader);
      const second = await waiting.written;
      const answer = 'answer' in second ? second.answer : undefined;
      const read = await run.read(`A reader asks ${next.leader}`, next.leader, first.offset);
      await run.act(`${leader} is started again`, leader, { do: 'start' });
      await run.allAreWell(`${leader} is back and has the same log`);
      const health = await run.health(leader);
      const back = await run.read(`A reader asks ${leader}`, leader, first.offset);
      // Quicker than anybody could have noticed.
      const isAtOnce = second.ms < 20;
      return {
        came: answer === undefined ? 'refused' : isAtOnce ? 'at-once' : 'waits',
        checks: [
          {
            claim: `${next.leader} led epoch ${next.epoch}, ${duration(next.ms)} after ${leader} was killed.`,
            holds: next.epoch > first.epoch,
          },
          {
            claim: `“B” was answered after ${duration(second.ms)}, in epoch ${answer?.epoch ?? 0}.`,
            holds: (answer?.epoch ?? 0) > first.epoch && !isAtOnce,
          },
          { claim: `Nothing was lost: ${next.leader} has “A” and “B”, in this order.`, holds: JSON.stringify(read) === '["A","B"]' },
          {
            claim: `${leader}, back again, is ${health.role === 'leader' ? 'the leader' : 'a follower'} and has “A” and “B”.`,
            holds: JSON.stringify(back) === '["A","B"]',
          },
        ],
        why: [
          'A follower that hears nothing from the leader for an election timeout asks the others whether they would support it. With the promises of a majority it begins a new, higher epoch.',
          'A majority had “A”, and any two majorities share a node: so whoever is elected has it. The node that took “B” kept it until there was a leader to pass it on to.',
        ],
      };
    },
  }),
};
