/**
 * What a node does with a request for the leader (`http/forwarding.ts` on Node): it passes it on, once; what no leader
 * got is tried again for a while; what breaks after it was sent is unknown.
 */

import type { Driver } from '../driver.ts';
import { LogError } from '../problems.ts';
import type { SimNetwork } from './sim-network.ts';
import type { SimNode } from './sim-node.ts';

const lookAgainMs = 50;
const looksMax = 40;

/** @throws LogError, or an error if `node` itself ends meanwhile: then nobody knows what came of it */
export async function callLeader<T>(network: SimNetwork, node: SimNode, ask: (driver: Driver) => Promise<T>): Promise<T> {
  return node.call(async (driver) => {
    for (let look = 0; look < looksMax; look += 1) {
      if (driver.isStopped) throw new LogError('shutting-down', `${node.id} stopped`);
      const { leader } = driver;
      try {
        // What it lets go of, since it does not seek to lead any more, goes on to who leads (http/here-or-at-leader.ts).
        if (driver.isSeekingOrLeading) return await ask(driver);
        if (leader !== undefined) return await askAt(network, { from: node.url, to: leader.url, ask });
      } catch (error) {
        if (!(error instanceof LogError) || error.code !== 'not-leader') throw error;
      }
      await network.wait(lookAgainMs);
    }
    throw new LogError('no-leader', 'no leader could be reached in time');
  });
}

/** @throws LogError `not-leader` if it was not sent, `forward-failed` if nobody knows */
async function askAt<T>(
  network: SimNetwork,
  way: { readonly from: string; readonly to: string; readonly ask: (driver: Driver) => Promise<T> },
): Promise<T> {
  const { from, to, ask } = way;
  let host;
  try {
    host = await network.visit(from, to);
  } catch (cause) {
    throw new LogError('not-leader', 'it could not be reached', {}, { cause });
  }
  try {
    const answer = await host.node.call(ask).catch(async (error: unknown) => {
      // A refusal has to come back too, or nobody knows of it.
      await network.trip(to, from);
      throw error;
    });
    await network.trip(to, from);
    return answer;
  } catch (error) {
    if (error instanceof LogError) throw error;
    throw new LogError('forward-failed', 'the leader did not answer', {}, { cause: error });
  }
}
