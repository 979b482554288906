/**
 * Passes a request on to whoever leads, within the time that its asker gave: the wait for a leader and the wait for its
 * answer come out of the same time.
 *
 * What no leader took is tried again. What one may have taken is broken off as soon as this node knows that it leads no
 * more: it goes to who leads then if that is harmless, and is `unknown` at once if not. It is harmless with an idempotency
 * key, and with an identity that this node gives to what has none, where the leaders remember such
 * (docs/adr/0019-identities-of-forwarded-appends.md).
 *
 * It knows no network: the way to a leader is a port, and the simulator runs this as it is.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError, problems } from '../../api/problems.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Config } from '../../config/config.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import type { LeaderCaller, LeaderTerms } from '../../ports/leader-caller.ts';
import type { ForwardIdentity } from '../../core/model/forward-identity.ts';
import type { ForwardIdentities } from './forward-identities.ts';
import type { Clock } from '../../ports/ports.ts';

export interface Forwarded<Call> {
  readonly call: Call;
  readonly timeoutMs: number;
  /** Whether it does no harm that two leaders get it. */
  readonly isRepeatable: boolean;
  /** An append: where it is not repeatable, an identity makes it so. */
  readonly takesIdentity?: boolean;
}

/** What forwarding needs of its node. */
export interface ForwardingNode<Call, Answer> {
  readonly config: Pick<Config, 'masterUrl'>;
  readonly driver: Pick<Driver, 'leader' | 'isStopped' | 'waitUntil' | 'status' | 'missingForMajority'>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly leaderCaller: LeaderCaller<Call, Answer>;
  readonly leaderWatch: LeaderWatch;
  readonly forwardIdentities: ForwardIdentities;
}

/** Between two looks for a leader that can be reached. */
const lookAgainMs = 50;
/** Beyond what the leader was told to take, for the way there and back. */
const slackMs = 500;

/**
 * @returns the leader's answer
 * @throws LogError
 */
export async function forwardToLeader<Call, Answer>(node: ForwardingNode<Call, Answer>, forwarded: Forwarded<Call>): Promise<Answer> {
  const { driver, clock } = node;
  const deadline = clock.now() + forwarded.timeoutMs;
  let reason = 'nobody is known to lead';
  const tries = new LeaderTries();
  const isToBeIdentified = forwarded.takesIdentity === true && !forwarded.isRepeatable;
  let given: ForwardIdentity | undefined;
  for (let remainingMs = forwarded.timeoutMs; remainingMs > 0; remainingMs = deadline - clock.now()) {
    const isTold = (): boolean => driver.leader !== undefined || driver.isStopped || driver.missingForMajority !== undefined;
    if (!(await driver.waitUntil(isTold, remainingMs))) break;
    if (driver.isStopped) throw tries.over(new LogError('shutting-down', 'this node is shutting down'));
    const { leader, missingForMajority } = driver;
    if (leader === undefined && missingForMajority !== undefined) throw tries.over(noQuorum(missingForMajority));
    if (leader === undefined) continue;
    const isIdentified = isToBeIdentified && leader.remembersForwards;
    if (isIdentified) given ??= node.forwardIdentities.next();
    const identity = isIdentified ? given : undefined;
    const isRepeatable = forwarded.isRepeatable || isIdentified;
    // What may be there under an identity is not sent to a leader that could not tell.
    const mayAsk = isRepeatable || !tries.isInDoubt;
    for (const url of mayAsk ? addressesOf(node, leader) : []) {
      // To find out that nobody is at the first address may have taken long.
      if (clock.now() >= deadline || driver.leader?.epoch !== leader.epoch) break;
      try {
        return await askAt(node, { url, leader, deadline }, { call: forwarded.call, isRepeatable, identity });
      } catch (error) {
        if (error instanceof NotSent) {
          reason = error.message;
          continue;
        }
        if (!(error instanceof LogError)) throw error;
        const isOfDoubt = isIdentified && tries.isInDoubt;
        const told = isPassing(error, isOfDoubt) ? undefined : tries.failed(error, isRepeatable);
        if (told !== undefined) throw told;
        reason = error.message;
        // Nobody is asked at another address what this one may have stored.
        if (problems[error.code].outcome !== 'rejected') break;
      }
    }
    await driver.waitUntil(() => driver.isStopped || driver.leader?.epoch !== leader.epoch, Math.min(lookAgainMs, remainingMs));
  }
  throw tries.over(new LogError('no-leader', `no leader answered in time: ${reason}`));
}

/** Nobody can lead, and nothing waits for that in vain. */
function noQuorum(waitingFor: readonly string[]): LogError {
  return new LogError('no-quorum', 'no node can lead while a majority of the members does not answer; nothing was stored', { waitingFor });
}

async function askAt<Call, Answer>(
  { clock, leaderCaller, leaderWatch }: ForwardingNode<Call, Answer>,
  { url, leader, deadline }: { readonly url: string; readonly leader: LeaderHint; readonly deadline: number },
  { call, isRepeatable, identity }: Pick<Forwarded<Call>, 'call' | 'isRepeatable'> & Pick<LeaderTerms, 'identity'>,
): Promise<Answer> {
  const timeoutMs = Math.max(1, Math.floor(deadline - clock.now()));
  const patienceMs = timeoutMs + slackMs;
  const over = new AbortController();
  const forget = leaderWatch.whenOver({ leader, isRepeatable }, (why) => over.abort(new Error(why)));
  const cancel = clock.after(patienceMs, () => over.abort(new Error(`no answer within ${patienceMs} ms`)));
  try {
    return await leaderCaller.ask(url, call, { epoch: leader.epoch, timeoutMs, identity, over: over.signal });
  } finally {
    cancel();
    forget();
  }
}

/**
 * Whether this refusal says only that the leader takes nothing now. One that stops soon leads no more; and of what an earlier
 * leader may have stored, and its client cannot ask again for want of a key, it is better to know than to be told at once.
 */
function isPassing({ code }: LogError, isOfDoubt: boolean): boolean {
  const { outcome, isRetryable } = problems[code];
  return code === 'shutting-down' || (isOfDoubt && outcome === 'rejected' && isRetryable);
}

/**
 * Under the name that the leader gives itself, or, where that means nothing here, under the one that the operator gave
 * the master, unless that is another member's: it led before. (If another node is there all the same, it does not take
 * what is meant for another epoch than its own.)
 */
function addressesOf<Call, Answer>({ driver, config }: ForwardingNode<Call, Answer>, leader: LeaderHint): ReadonlySet<string> {
  const { masterUrl } = config;
  if (masterUrl === undefined || masterUrl === leader.url) return new Set([leader.url]);
  const isOthers = driver.status().members.some(({ id, url }) => url === masterUrl && id !== leader.id);
  return new Set(isOthers ? [leader.url] : [leader.url, masterUrl]);
}
