/**
 * What a node does with a request that only a leader can serve: what the routes do (`http/append/appending.ts`,
 * `http/members/routes.ts`), by the same code, `http/leader/`. Here is its way from one node to another: the call travels
 * over the simulated network, and is served where it arrives.
 */

import { LogError } from '../../api/problems.ts';
import type { Driver } from '../../driver/driver.ts';
import type { ForwardedFrom } from '../../http/leader/forwarded.ts';
import { forwardToLeader } from '../../http/leader/forwarding.ts';
import { hereOrAtLeader } from '../../http/leader/here-or-at-leader.ts';
import type { LeadersCall } from '../../http/leader/here-or-at-leader.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import type { LeaderCaller, LeaderTerms } from '../../ports/leader-caller.ts';
import type { CalledProcess, SimNetwork } from './sim-network.ts';

export interface LeadersRequest<T> {
  /** What it asks of the leader, which may take so long. @param gone - aborted when nobody waits for the answer any more */
  readonly ask: (driver: Driver, timeoutMs: number, gone: AbortSignal) => Promise<T>;
  readonly timeoutMs: number;
  /** Whether it does no harm that two leaders get it. */
  readonly isRepeatable: boolean;
}

/** The client of a call. */
export interface Asker {
  /** Aborted when it goes away. */
  readonly gone?: AbortSignal;
  /** Called when a leader is asked what an earlier one may have done. */
  readonly onRepeat?: () => void;
}

/**
 * What a process does that is asked by a client.
 * @throws LogError
 */
export function serve<T>(network: SimNetwork, process: CalledProcess, request: LeadersRequest<T>, asker: Asker = {}): Promise<T> {
  const { gone = new AbortController().signal, onRepeat } = asker;
  const ask = onRepeat === undefined ? request.ask : watchRepeats(request.ask, onRepeat);
  return hereOrAtLeader(process, callOf({ network, process, gone, forwarded: undefined }, { ...request, ask }));
}

interface Serving {
  readonly network: SimNetwork;
  readonly process: CalledProcess;
  readonly gone: AbortSignal;
  /** Another node passed it on. */
  readonly forwarded: ForwardedFrom | undefined;
}

function callOf<T>({ network, process, gone, forwarded }: Serving, request: LeadersRequest<T>): LeadersCall<T> {
  const { timeoutMs, isRepeatable, ask } = request;
  const leaderCaller = new SimLeaderCaller<T>(network, process);
  return {
    ...{ timeoutMs, forwarded, isRepeatable },
    here: (remainingMs) => ask(process.driver, remainingMs, gone),
    atLeader: (remainingMs) => forwardToLeader({ ...process, leaderCaller }, { call: request, timeoutMs: remainingMs, isRepeatable }),
  };
}

class SimLeaderCaller<T> implements LeaderCaller<LeadersRequest<T>, T> {
  readonly #network: SimNetwork;
  readonly #from: CalledProcess;

  constructor(network: SimNetwork, from: CalledProcess) {
    this.#network = network;
    this.#from = from;
  }

  ask(url: string, request: LeadersRequest<T>, { epoch, timeoutMs, over }: LeaderTerms): Promise<T> {
    const network = this.#network;
    const { url: from, clock } = this.#from;
    return new Promise((resolve, reject) => {
      let isSent = false;
      const unanswered = (cause: unknown): void =>
        reject(isSent ? new LogError('forward-failed', 'the leader did not answer', {}, { cause }) : new NotSent(String(cause), { cause }));
      over.addEventListener('abort', () => unanswered(over.reason), { once: true });
      const exchange = async (): Promise<T> => {
        const { node } = await network.visit(from, url);
        over.throwIfAborted();
        isSent = true;
        const answer = node.call((process) => {
          const gone = new AbortController();
          const notice = (): void => process.clock.deliver(() => gone.abort());
          over.addEventListener('abort', () => void network.trip(from, url).then(notice, () => undefined), { once: true });
          const serving = { network, process, gone: gone.signal, forwarded: { leaderEpoch: epoch } };
          return hereOrAtLeader(process, callOf(serving, { ...request, timeoutMs }));
        });
        // A refusal has to come back too, or nobody knows of it.
        await answer.catch(() => undefined);
        await network.trip(url, from);
        return answer;
      };
      // It is heard when this process runs; never, if it ends before.
      exchange().then(
        (answer) => clock.deliver(() => resolve(answer)),
        (error: unknown) => clock.deliver(() => (error instanceof LogError ? reject(error) : unanswered(error))),
      );
    });
  }
}

/** Sees that somebody is asked again after one that may have done it. */
function watchRepeats<T>(ask: LeadersRequest<T>['ask'], onRepeat: () => void): LeadersRequest<T>['ask'] {
  let mayBeDone = false;
  return (driver, timeoutMs, gone) => {
    if (mayBeDone) onRepeat();
    mayBeDone = true;
    return ask(driver, timeoutMs, gone).catch((error: unknown) => {
      if (error instanceof LogError && error.code === 'not-leader') mayBeDone = false;
      throw error;
    });
  };
}
