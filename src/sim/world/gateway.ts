/**
 * What a node does with a request for the leader (`http/leader/here-or-at-leader.ts` and `http/leader/forwarding.ts` on Node): it serves
 * it, or passes it on, meant for the leader of one epoch. What no leader took is tried again for a while; what breaks
 * after it was sent, or waits for a leader that is over, is unknown, and tried again if that is harmless.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import type { Driver } from '../../driver/driver.ts';
import { LeaderTries, isMeantFor } from '../../http/leader/leader-tries.ts';
import { LogError } from '../../api/problems.ts';
import type { Callee, SimNetwork } from './sim-network.ts';

const lookAgainMs = 50;
const looksMax = 40;
/** What may have been stored is sent again so often: each may take as long as its asker allowed. */
const repeatsMax = 2;
/** How long the answer of a leader is waited for that leads no more. */
const letGoWithinMs = 60_000;

/** @throws LogError, or an error if `node` itself ends meanwhile: then nobody knows what came of it */
export async function callLeader<T>(
  network: SimNetwork,
  node: Callee,
  ask: (driver: Driver) => Promise<T>,
  { isRepeatable = false, onRepeat }: { readonly isRepeatable?: boolean; readonly onRepeat?: () => void } = {},
): Promise<T> {
  return node.call(async (driver) => {
    const tries = new LeaderTries(isRepeatable);
    let repeats = 0;
    for (let look = 0; look < looksMax; look += 1) {
      if (driver.isStopped) throw tries.over(new LogError('shutting-down', `${node.id} stopped`));
      const { leader } = driver;
      try {
        if (driver.isSeekingOrLeading) return await ask(driver);
        if (leader !== undefined) return await askAt(network, driver, { from: node.url, leader, ask });
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        const told = tries.failed(error);
        if (told !== undefined) throw told;
        if (error.code !== 'not-leader') {
          repeats += 1;
          if (repeats > repeatsMax) throw tries.over(error);
          onRepeat?.();
        }
      }
      await network.wait(lookAgainMs);
    }
    throw tries.over(new LogError('no-leader', 'no leader could be reached in time'));
  });
}

/** @throws LogError `not-leader` if it was not taken, `forward-failed` if nobody knows */
async function askAt<T>(
  network: SimNetwork,
  driver: Driver,
  way: { readonly from: string; readonly leader: LeaderHint; readonly ask: (driver: Driver) => Promise<T> },
): Promise<T> {
  const { from, leader, ask } = way;
  let host;
  try {
    host = await network.visit(from, leader.url);
  } catch (cause) {
    throw new LogError('not-leader', 'it could not be reached', {}, { cause });
  }
  const { node } = host;
  const takeIfMeant = async (there: Driver): Promise<T> => {
    if (!isMeantFor(node.id, there.leader, leader.epoch)) throw new LogError('not-leader', 'this was for the leader of another epoch');
    return ask(there);
  };
  const answered = (async () => {
    try {
      const answer = await node.call(takeIfMeant).catch(async (error: unknown) => {
        // A refusal has to come back too, or nobody knows of it.
        await network.trip(leader.url, from);
        throw error;
      });
      await network.trip(leader.url, from);
      return answer;
    } catch (error) {
      if (error instanceof LogError) throw error;
      throw new LogError('forward-failed', 'the leader did not answer', {}, { cause: error });
    }
  })();
  // Nobody listens any more once it is let go of.
  answered.catch(() => undefined);
  const isOver = (): boolean => driver.leader !== undefined && driver.leader.epoch !== leader.epoch;
  return Promise.race([answered, letGoOf(driver.waitUntil(isOver, letGoWithinMs))]);
}

/** Never resolves. */
async function letGoOf(isOver: Promise<boolean>): Promise<never> {
  if (await isOver) throw new LogError('forward-failed', 'another leader was heard of');
  return new Promise(() => undefined);
}
