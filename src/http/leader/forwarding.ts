/**
 * Passes a request on to whoever leads, within the time that its asker gave: the wait for a leader and the wait for its
 * answer come out of the same time.
 *
 * What no leader took is tried again. What one may have taken is broken off as soon as this node knows that it leads no
 * more: it goes to who leads then if that is harmless, as it is with an idempotency key, and is `unknown` at once if not.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError } from '../../api/problems.ts';
import { forwardingHeaders } from './forwarded.ts';
import type { LeaderClient } from './leader-client.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Config } from '../../config/config.ts';
import { NotSent } from './leader-client.ts';

export interface Forwarded {
  readonly method: 'POST' | 'DELETE';
  /** @param remainingMs - what the leader may take, whole milliseconds */
  readonly path: (remainingMs: number) => string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
  /** Whether it does no harm that two leaders get it. */
  readonly isRepeatable: boolean;
}

/** What forwarding needs of its node. */
export interface ForwardingNode {
  readonly config: Pick<Config, 'masterUrl' | 'serverId'>;
  readonly driver: Pick<Driver, 'leader' | 'isStopped' | 'waitUntil' | 'status'>;
  readonly leaderClient: LeaderClient;
  readonly leaderWatch: LeaderWatch;
}

/** Between two looks for a leader that can be reached. */
const lookAgainMs = 50;
/** Beyond what the leader was told to take, for the way there and back. */
const slackMs = 500;

/**
 * @returns the JSON of the leader's answer
 * @throws LogError
 */
export async function forwardToLeader(node: ForwardingNode, forwarded: Forwarded): Promise<unknown> {
  const leave = node.leaderClient.admit(forwarded.body?.length ?? 0);
  try {
    return await forward(node, forwarded);
  } finally {
    leave();
  }
}

async function forward(node: ForwardingNode, forwarded: Forwarded): Promise<unknown> {
  const { driver } = node;
  const deadline = performance.now() + forwarded.timeoutMs;
  let reason = 'nobody is known to lead';
  const tries = new LeaderTries(forwarded.isRepeatable);
  for (let remainingMs = forwarded.timeoutMs; remainingMs > 0; remainingMs = deadline - performance.now()) {
    if (!(await driver.waitUntil(() => driver.leader !== undefined || driver.isStopped, remainingMs))) break;
    if (driver.isStopped) throw tries.over(new LogError('shutting-down', 'this node is shutting down'));
    const { leader } = driver;
    if (leader === undefined) continue;
    for (const url of addressesOf(node, leader)) {
      try {
        return await sendTo(node, { url, leader, deadline }, forwarded);
      } catch (error) {
        if (error instanceof NotSent) {
          reason = error.message;
          continue;
        }
        if (!(error instanceof LogError)) throw error;
        const told = tries.failed(error);
        if (told !== undefined) throw told;
        reason = error.message;
        // Nobody is asked at another address what this one may have stored.
        if (error.code !== 'not-leader') break;
      }
    }
    await driver.waitUntil(() => driver.isStopped || driver.leader?.epoch !== leader.epoch, Math.min(lookAgainMs, remainingMs));
  }
  throw tries.over(new LogError('no-leader', `no leader could be reached in time: ${reason}`));
}

async function sendTo(
  { leaderClient, leaderWatch, config }: ForwardingNode,
  { url, leader, deadline }: { readonly url: string; readonly leader: LeaderHint; readonly deadline: number },
  { method, path, headers, body }: Forwarded,
): Promise<unknown> {
  const remainingMs = Math.max(1, Math.floor(deadline - performance.now()));
  const over = new AbortController();
  const forget = leaderWatch.whenOver(leader, (why) => over.abort(new Error(why)));
  try {
    return await leaderClient.send(url, {
      method,
      path: path(remainingMs),
      headers: { ...headers, ...forwardingHeaders(config.serverId, leader) },
      body,
      timeoutMs: remainingMs + slackMs,
      over: over.signal,
    });
  } finally {
    forget();
  }
}

/**
 * Under the name that the leader gives itself, or, where that means nothing here, under the one that the operator gave
 * the master, unless that is another member's: it led before. (If another node is there all the same, it does not take
 * what is meant for another epoch than its own.)
 */
function addressesOf({ driver, config }: ForwardingNode, leader: LeaderHint): ReadonlySet<string> {
  const { masterUrl } = config;
  if (masterUrl === undefined || masterUrl === leader.url) return new Set([leader.url]);
  const isOthers = driver.status().members.some(({ id, url }) => url === masterUrl && id !== leader.id);
  return new Set(isOthers ? [leader.url] : [leader.url, masterUrl]);
}
