/** Finds the leader and passes a request on to it. */

import { LogError } from '../problems.ts';
import type { HttpNode } from './http-node.ts';
import { NotSent } from './leader-client.ts';
import type { ForwardedRequest } from './leader-client.ts';

export type Forwarded = ForwardedRequest & { readonly answerWithinMs: number };

/** Between two looks for a leader that can be reached. */
const lookAgainMs = 50;

/**
 * Waits for a leader up to `timeoutMs`; what no leader got is tried again until then.
 * @returns the JSON of its answer
 * @throws LogError
 */
export async function forwardToLeader(node: HttpNode, forwarded: Forwarded): Promise<unknown> {
  const leave = node.leaderClient.admit(forwarded.body?.length ?? 0);
  try {
    return await forward(node, forwarded);
  } finally {
    leave();
  }
}

async function forward(node: HttpNode, forwarded: Forwarded): Promise<unknown> {
  const { driver, leaderClient, config } = node;
  const deadline = performance.now() + forwarded.timeoutMs;
  let reason = 'nobody is known to lead';
  for (let remainingMs = forwarded.timeoutMs; remainingMs > 0; remainingMs = deadline - performance.now()) {
    if (!(await driver.waitUntil(() => driver.leader !== undefined || driver.isStopped, remainingMs))) break;
    if (driver.isStopped) throw new LogError('shutting-down', 'this node is shutting down');
    const { leader } = driver;
    if (leader === undefined) continue;
    // Under the name that it gives itself, or, where that means nothing here, under the one that the operator gave it.
    for (const url of new Set([leader.url, config.masterUrl ?? leader.url])) {
      try {
        return await leaderClient.send(url, { ...forwarded, timeoutMs: forwarded.answerWithinMs });
      } catch (error) {
        if (error instanceof NotSent) reason = error.message;
        else if (error instanceof LogError && error.code === 'not-leader') reason = error.message;
        else throw error;
      }
    }
    await driver.waitUntil(() => driver.isStopped || driver.leader?.epoch !== leader.epoch, lookAgainMs);
  }
  throw new LogError('no-leader', `no leader could be reached in time: ${reason}`);
}
