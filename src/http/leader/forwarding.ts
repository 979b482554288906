/**
 * Forwards a request to the leader, within the time that the client gave: waiting for a leader and waiting for its
 * answer share one deadline.
 *
 * What no leader took is tried again. If a leader may have taken it, the wait ends as soon as this node knows that this
 * leader is gone: the request goes to the next leader if that is harmless, and is `unknown` at once if not. It is
 * harmless with an idempotency key, or with an identity that this node gives to an append without a key, if the leaders
 * remember identities (docs/adr/0019-identities-of-forwarded-appends.md).
 *
 * The network is behind a port, so the simulator runs this code as it is.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError, problems } from '../../api/problems.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Config } from '../../config/config.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import type { LeaderCaller, LeaderTerms } from '../../ports/leader-caller.ts';
import type { ForwardIdentity, KnownLeader } from '../../core/model/forward-identity.ts';
import type { ForwardIdentities } from './forward-identities.ts';
import type { Clock } from '../../ports/ports.ts';

export interface Forwarded<Call> {
  readonly call: Call;
  readonly timeoutMs: number;
  /** It is harmless if two leaders get it. */
  readonly isRepeatable: boolean;
  /** It is an append: an identity makes it repeatable. */
  readonly takesIdentity?: boolean;
  /** The identity under which this node has tried it already: it may be stored under it. */
  readonly identity?: ForwardIdentity | undefined;
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

/** Pause between two tries. */
const lookAgainMs = 50;
/** How much longer than its timeout the leader's answer may take, for the way there and back. */
const slackMs = 500;

/**
 * @returns the leader's answer
 * @throws LogError
 */
export async function forwardToLeader<Call, Answer>(node: ForwardingNode<Call, Answer>, forwarded: Forwarded<Call>): Promise<Answer> {
  const { driver, clock } = node;
  const deadline = clock.now() + forwarded.timeoutMs;
  let reason = 'no leader is known';
  const tries = new LeaderTries();
  const isToBeIdentified = forwarded.takesIdentity === true && !forwarded.isRepeatable;
  let given = forwarded.identity;
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
    // What may be stored under an identity is not sent to a leader that could not recognise it.
    const mayAsk = isRepeatable || !(tries.isInDoubt || forwarded.identity !== undefined);
    for (const url of mayAsk ? addressesOf(node, leader) : []) {
      // Finding nobody at the first address may have taken long.
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
        // The leader may have stored it: its other address is not tried.
        if (problems[error.code].outcome !== 'rejected') break;
      }
    }
    await driver.waitUntil(() => driver.isStopped || driver.leader?.epoch !== leader.epoch, Math.min(lookAgainMs, remainingMs));
  }
  throw tries.over(new LogError('no-leader', `no leader answered in time: ${reason}`));
}

/** No node can lead, so there is no point in waiting. */
function noQuorum(waitingFor: readonly string[]): LogError {
  return new LogError('no-quorum', 'no node can lead until a majority of the members answers; nothing was stored', { waitingFor });
}

async function askAt<Call, Answer>(
  { clock, leaderCaller, leaderWatch }: ForwardingNode<Call, Answer>,
  { url, leader, deadline }: { readonly url: string; readonly leader: KnownLeader; readonly deadline: number },
  { call, isRepeatable, identity }: Pick<Forwarded<Call>, 'call' | 'isRepeatable'> & Pick<LeaderTerms, 'identity'>,
): Promise<Answer> {
  const timeoutMs = Math.max(1, Math.floor(deadline - clock.now()));
  const patienceMs = timeoutMs + slackMs;
  const over = new AbortController();
  const forget = leaderWatch.whenOver({ leader, isRepeatable }, (why) => over.abort(new Error(why)));
  const cancel = clock.after(patienceMs, () => over.abort(new Error(`no answer within ${patienceMs} ms`)));
  try {
    return await leaderCaller.ask(url, call, {
      epoch: leader.epoch,
      timeoutMs,
      identity,
      takesTogether: leader.takesForwardsTogether,
      over: over.signal,
    });
  } finally {
    cancel();
    forget();
  }
}

/**
 * Whether the refusal is only temporary, so that the request should be tried again. A leader that is shutting down soon
 * leads no more. And if an earlier leader may have stored an append whose client has no key to ask again with, learning
 * what became of it is worth the wait.
 */
function isPassing({ code }: LogError, isOfDoubt: boolean): boolean {
  const { outcome, isRetryable } = problems[code];
  return code === 'shutting-down' || (isOfDoubt && outcome === 'rejected' && isRetryable);
}

/**
 * The URL that the leader gives for itself, then `MASTER_URL`, in case the former cannot be reached from here.
 * `MASTER_URL` is left out if it belongs to another member, which led before. (If another node answers there all the
 * same, it refuses what is meant for another epoch than its own.)
 */
function addressesOf<Call, Answer>({ driver, config }: ForwardingNode<Call, Answer>, leader: LeaderHint): ReadonlySet<string> {
  const { masterUrl } = config;
  if (masterUrl === undefined || masterUrl === leader.url) return new Set([leader.url]);
  const isOthers = driver.status().members.some(({ id, url }) => url === masterUrl && id !== leader.id);
  return new Set(isOthers ? [leader.url] : [leader.url, masterUrl]);
}
