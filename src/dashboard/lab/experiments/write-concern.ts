/** One log, slow nodes, and three writers who ask for different things. */

import { duration } from '../../data/numbers.ts';
import { list } from '../../../api/wording.ts';
import type { Script } from './experiment.ts';
import { answerOf } from './experiment-run.ts';

const [slowMs, slowerMs] = [1000, 2000];
/** A busy machine may add less than this to any of them. */
const slackMs = 1000;

export const writeConcern: Script = {
  id: 'write-concern',
  arrangement: 'fixed leader',
  title: 'Write concern',
  nodesMin: 3,
  nodesMinReason: 'a master, a slow secondary and a slower one',
  playWith: ({ count, majority, secondaries }) => {
    // With the master those are a majority.
    const slow = secondaries.slice(0, majority - 1);
    const slower = secondaries.slice(majority - 1);
    const most = majority;
    return {
      setting: `${late(slow, '1 s')}, ${late(slower, '2 s')}. Three messages are written at the same moment: with w=1, w=${most} and w=${count}.`,
      question: 'When are they answered?',
      choices: [
        { id: 'together', text: 'All three after about 2 s: they go through one log, in one order.' },
        { id: 'each', text: `w=1 at once, w=${most} after about 1 s, w=${count} after about 2 s.` },
        { id: 'sum', text: `w=1 at once, w=${most} after about 1 s, w=${count} after about 3 s.` },
      ],
      run: async (run) => {
        for (const id of slow) await run.act(`${id} gets a delay of 1 s`, id, { do: 'delay', delayMs: slowMs });
        for (const id of slower) await run.act(`${id} gets a delay of 2 s`, id, { do: 'delay', delayMs: slowerMs });
        await run.allAreWell('All are back, and have the whole log');
        const ws = [1, most, count];
        const all = ws.map((w) => run.begin(`A message is written with w=${w}`, { message: `w=${w}`, w }));
        const written = await Promise.all(all.map((each) => each.written));
        const [one, two, three] = written.map(answerOf);
        if (one === undefined || two === undefined || three === undefined) throw new Error('three were written');
        const last = slower.at(-1) ?? '';
        const read = await run.read(`A reader asks ${last}`, last, Math.min(one.offset, two.offset, three.offset));
        const isNear = (ms: number, wantedMs: number): boolean => ms >= wantedMs && ms < wantedMs + slackMs;
        const areFirstAsPromised = one.ms < slackMs && isNear(two.ms, slowMs);
        const isTogether = [one, two, three].every(({ ms }) => isNear(ms, slowerMs));
        const came = isTogether
          ? 'together'
          : areFirstAsPromised && isNear(three.ms, slowerMs)
            ? 'each'
            : areFirstAsPromised && isNear(three.ms, slowMs + slowerMs)
              ? 'sum'
              : undefined;
        return {
          came,
          checks: [
            { claim: `w=1 was answered after ${duration(one.ms)}.`, holds: one.ms < slackMs },
            { claim: `w=${most} was answered after ${duration(two.ms)}.`, holds: isNear(two.ms, slowMs) && two.acks >= most },
            { claim: `w=${count} was answered after ${duration(three.ms)}.`, holds: isNear(three.ms, slowerMs) && three.acks === count },
            { claim: `All three are in the log of ${last}.`, holds: ws.every((w) => read.includes(`w=${w}`)) },
          ],
          why: [
            `The master sends every message to all secondaries at once; w only says how many nodes the writer waits for, the master among them. So w=1 waits for the master’s disk, w=${most} for ${list(slow)} as well, w=${count} for all.`,
            'The delays do not add up, and nobody waits for what another writer asked for.',
          ],
        };
      },
    };
  },
};

/** "s1 and s2 store everything 1 s late" */
function late(ids: readonly string[], by: string): string {
  return `${list(ids)} ${ids.length === 1 ? 'stores' : 'store'} everything ${by} late`;
}
