/** A disk that said it had stored something, and has not. */

import { duration } from '../../data/numbers.ts';
import { neitherCanBeMissed } from './experiment.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const messages = ['A', 'B', 'C', 'D'];

export const forgettingDisk: Script = {
  id: 'forgetting-disk',
  arrangement: 'elections',
  title: 'A disk that forgets',
  nodesMin: 3,
  nodesMinReason: neitherCanBeMissed,
  playWith: () => ({
    setting:
      'Four messages are written, and all nodes have them. A follower is stopped, and its disk forgets the end of what it had stored, as after a firmware bug or when an old backup is restored. Then the follower is started again.',
    question: 'What is this node when it comes back?',
    choices: [
      { id: 'as-before', text: 'A member as before: it says how far its log goes, and counts with that.' },
      { id: 'blank', text: 'A new one: it notices that something is missing, fetches everything, and counts only after that.' },
      { id: 'ends', text: 'Nothing: it does not start, since its log is damaged.' },
    ],
    run: async (run) => {
      const { leader, others } = await run.roles();
      const [forgetful] = others;
      const answers: ReturnType<typeof answerOf>[] = [];
      for (const message of messages)
        answers.push(answerOf(await run.append(`“${message}” is written with w=all`, { message, w: 'all', through: leader })));
      const from = answers[0]?.offset ?? 0;
      await run.allAreWell('All nodes have them');
      const before = await run.health(forgetful);
      await run.act(`${forgetful} is stopped, and its disk forgets the end of the log`, forgetful, { do: 'forget' });
      await run.act(`${forgetful} is started again`, forgetful, { do: 'start' });
      const tookMs = await run.allAreWell('It is a healthy member again, and has the whole log');
      const after = await run.health(forgetful);
      const held = await run.read(`A reader asks ${forgetful}`, forgetful, from);
      const isWhole = JSON.stringify(held) === JSON.stringify(messages);
      const isAnotherStorage = after.storage !== before.storage;
      return {
        came: isAnotherStorage ? 'blank' : 'as-before',
        checks: [
          {
            claim: `It has another storage id: ${after.storage.slice(0, 8)}…, before ${before.storage.slice(0, 8)}….`,
            holds: isAnotherStorage,
          },
          { claim: `${duration(tookMs)} after it served again it had everything, and counted.`, holds: true },
          { claim: 'It has all four messages, in their order.', holds: isWhole },
        ],
        why: [
          'Beside its log, a node notes how far it has confirmed entries. At its start it found less than that: so this is not the storage that made those promises. It takes a new id, and counts for no majority until the leader has sent it everything.',
          'Had it counted as before, it could have helped to elect a leader that lacks acknowledged entries. This is how systems that trust their disks lose data.',
        ],
      };
    },
  }),
};
