/** A leader gives its place away, while somebody writes. */

import { duration } from '../../data/numbers.ts';
import type { Script } from './experiment.ts';
import type { Written } from './experiment-run.ts';

const writesBefore = 10;
const writesAfter = 20;

export const handOver: Script = {
  id: 'hand-over',
  arrangement: 'elections',
  title: 'Hand over',
  nodesMin: 2,
  nodesMinReason: 'there is nobody to hand over to',
  playWith: () => ({
    setting: `A client writes ${writesBefore + writesAfter} messages through one node, one after the other. Halfway, the leader hands over to another node, as for an upgrade.`,
    question: 'How many of the writes fail?',
    choices: [
      { id: 'several', text: 'Those of about a second, until the old leader is missed and another one is elected.' },
      { id: 'one', text: 'One: the one that is under way at that moment.' },
      { id: 'none', text: 'None.' },
    ],
    run: async (run) => {
      const { leader, others } = await run.roles();
      const [heir, through = heir] = others;
      const before = await run.health(leader);
      const written: Written[] = [];
      const write = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index += 1)
          written.push(await run.write({ message: `message ${written.length + 1}`, w: 'majority', through }));
      };
      await run.step(`${writesBefore} messages are written through ${through}`, () => write(writesBefore));
      const rest = run.step(`${writesAfter} more are written, one after the other`, () => write(writesAfter));
      // Who waits for it below hears of its failure.
      rest.catch(() => undefined);
      await run.act(`Meanwhile ${leader} hands over to ${heir}`, heir, { do: 'promote' });
      await rest;
      const after = await run.health(heir);
      const failed = written.filter((each) => !('answer' in each)).length;
      const offsets = written.flatMap((each) => ('answer' in each ? [each.answer.offset] : []));
      const isInOrder = offsets.every((offset, index) => index === 0 || offset > (offsets[index - 1] ?? 0));
      const slowest = Math.max(...written.map(({ ms }) => ms));
      return {
        came: failed === 0 ? 'none' : failed === 1 ? 'one' : 'several',
        checks: [
          {
            claim: `${heir} leads epoch ${after.epoch}; before, ${leader} led epoch ${before.epoch}.`,
            holds: after.role === 'leader' && after.epoch > before.epoch,
          },
          { claim: `${written.length - failed} of ${written.length} writes were created, ${failed} failed.`, holds: failed === 0 },
          { claim: 'Their offsets grow: the log has them in the order of the client.', holds: isInOrder },
          { claim: `The slowest took ${duration(slowest)}.`, holds: true },
        ],
        why: [
          'The leader takes no writes for a moment, waits until its successor has the whole log, and tells it to ask for the promises at once. No timeout has to run out first, so it takes milliseconds.',
          'A write that comes in that moment waits at the node that was asked, and goes to the new leader.',
        ],
      };
    },
  }),
};
