/** A leader that clients reach, and the other nodes do not. */

import { duration } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

export const cutOffLeader: Script = {
  id: 'cut-off-leader',
  arrangement: 'elections',
  title: 'Cut the leader off',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: () => ({
    setting:
      'The leader is cut off from the other nodes; clients still reach it. “B” is written through it, and “C” through another node, both with w=majority.',
    question: 'Which of the two is “created” while the leader is cut off?',
    choices: [
      { id: 'both', text: 'Both: each side has its leader, and the logs are merged later.' },
      { id: 'majority-side', text: 'Only “C”: that side has a majority.' },
      { id: 'neither', text: 'Neither: the nodes that are left do not know whether the leader is alive.' },
    ],
    run: async (run) => {
      const { leader, others } = await run.roles();
      const first = answerOf(await run.append('“A” is written with w=majority', { message: 'A', w: 'majority', through: leader }));
      await run.act(`${leader}, which leads epoch ${first.epoch}, is cut off`, leader, { do: 'cutOff' });
      const alone = run.begin(`“B” is written through ${leader}`, { message: 'B', w: 'majority', through: leader });
      const next = await run.anotherLeads('Another node leads', leader);
      const third = await run.append(`“C” is written through ${others[0]}`, { message: 'C', w: 'majority', through: others[0] });
      const early = alone.outcome();
      await run.act(`${leader} is connected again`, leader, { do: 'reconnect' });
      const second = await alone.written;
      await run.allAreWell('All nodes hold the same log');
      const reads: (readonly unknown[])[] = [];
      for (const id of [leader, ...others]) reads.push(await run.read(`A reader asks ${id}`, id, first.offset));
      const texts = reads.map((read) => JSON.stringify(read));
      const isSame = texts.every((text) => text === texts[0]);
      const [read = []] = reads;
      const wasEarlyCreated = early !== undefined && 'answer' in early;
      const isThirdCreated = 'answer' in third;
      const isSecondCreated = 'answer' in second;
      const copies = read.filter((message) => message === 'B').length;
      const came = isThirdCreated ? (wasEarlyCreated ? 'both' : 'majority-side') : wasEarlyCreated ? undefined : 'neither';
      return {
        came,
        checks: [
          {
            claim: `${next.leader} led epoch ${next.epoch}, ${duration(next.ms)} after ${leader} was cut off.`,
            holds: next.epoch > first.epoch,
          },
          { claim: `“C” was ${isThirdCreated ? 'created' : 'refused'} after ${duration(third.ms)}.`, holds: isThirdCreated },
          { claim: `While ${leader} was cut off, “B” was not created.`, holds: !wasEarlyCreated },
          {
            claim: 'All nodes have the same log again, with “A” first and “C” in it once.',
            holds: isSame && read[0] === 'A' && read.filter((message) => message === 'C').length === 1,
          },
          {
            claim: isSecondCreated
              ? '“B” was created once the nodes were connected again: it is in the log, once.'
              : `“B” was answered with ${'problem' in second ? `${second.problem.code}, ${second.problem.outcome}` : ''}: it is ${copies === 0 ? 'not in the log' : `in the log ${copies === 1 ? 'once' : `${copies} times`}`}.`,
            holds: isSecondCreated ? copies === 1 : copies <= 1,
          },
        ],
        why: [
          'A write is created when a majority has it. The leader on its own is no majority. The others are one, so they elect a leader for themselves. Two nodes may believe that they lead, but only one of them can commit.',
          'Entries that only the old leader had are cut off its log when it comes back; nobody was told that they were created. A node that was given a write keeps it and passes it on, or says that it does not know what became of it.',
        ],
      };
    },
  }),
};
