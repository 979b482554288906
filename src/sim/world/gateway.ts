/**
 * What a node does with a request that only a leader can serve: the same as the routes (`http/append/appending.ts`,
 * `http/members/routes.ts`), by the same code, `http/leader/`. This file replaces the way from one node to another: the call
 * travels over the simulated network, and is served where it arrives.
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
  /**
   * What the leader is asked, and how long it may take.
   * @param gone - aborted when nobody waits for the answer any longer
   * @param from - set if another node passed it on
   */
  readonly ask: (driver: Driver, timeoutMs: number, gone: AbortSignal, from: ForwardedFrom | undefined) => Promise<T>;
  readonly timeoutMs: number;
  /** It is an append: if it cannot be repeated, an identity makes it repeatable. */
  readonly takesIdentity?: boolean;
  /** Whether two leaders may get it without harm. */
  readonly isRepeatable: boolean;
}

/** The client of a call. */
export interface Asker {
  /** Aborted when it goes away. */
  readonly gone?: AbortSignal;
  /** Called when a leader gets a request that an earlier one may have carried out. */
  readonly onRepeat?: () => void;
  /** Called with each attempt: `here`, or at the leader of an epoch. */
  readonly onTry?: (at: 'here' | LeaderTerms) => void;
}

/**
 * Serves a client's request at this process.
 * @throws LogError
 */
export function serve<T>(network: SimNetwork, process: CalledProcess, request: LeadersRequest<T>, asker: Asker = {}): Promise<T> {
  const { gone = new AbortController().signal, onRepeat, onTry = () => undefined } = asker;
  const ask = onRepeat === undefined ? request.ask : watchRepeats(request.ask, onRepeat);
  return hereOrAtLeader(process, callOf({ network, process, gone, onTry, forwarded: undefined }, { ...request, ask }));
}

interface Serving {
  readonly network: SimNetwork;
  readonly process: CalledProcess;
  readonly gone: AbortSignal;
  readonly onTry: NonNullable<Asker['onTry']>;
  /** Set if another node forwarded it. */
  readonly forwarded: ForwardedFrom | undefined;
}

function callOf<T>({ network, process, gone, onTry, forwarded }: Serving, request: LeadersRequest<T>): LeadersCall<T> {
  const { timeoutMs, isRepeatable, takesIdentity = false, ask } = request;
  const leaderCaller = new SimLeaderCaller<T>(network, process, onTry);
  return {
    ...{ timeoutMs, forwarded, isRepeatable },
    here: (remainingMs) => {
      onTry('here');
      return ask(process.driver, remainingMs, gone, forwarded);
    },
    atLeader: (remainingMs) =>
      forwardToLeader({ ...process, leaderCaller }, { call: request, timeoutMs: remainingMs, isRepeatable, takesIdentity }),
  };
}

class SimLeaderCaller<T> implements LeaderCaller<LeadersRequest<T>, T> {
  readonly #network: SimNetwork;
  readonly #from: CalledProcess;
  readonly #onTry: Serving['onTry'];

  constructor(network: SimNetwork, from: CalledProcess, onTry: Serving['onTry']) {
    this.#network = network;
    this.#from = from;
    this.#onTry = onTry;
  }

  ask(url: string, request: LeadersRequest<T>, terms: LeaderTerms): Promise<T> {
    const { epoch, timeoutMs, identity, over } = terms;
    this.#onTry(terms);
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
          const forwarded = { leaderEpoch: epoch, identity };
          const serving = { network, process, gone: gone.signal, onTry: () => undefined, forwarded };
          return hereOrAtLeader(process, callOf(serving, { ...request, timeoutMs }));
        });
        // A refusal has to travel back as well.
        await answer.catch(() => undefined);
        await network.trip(url, from);
        return answer;
      };
      // The answer is delivered when this process runs; never, if it ends before.
      exchange().then(
        (answer) => clock.deliver(() => resolve(answer)),
        (error: unknown) => clock.deliver(() => (error instanceof LogError ? reject(error) : unanswered(error))),
      );
    });
  }
}

/** Reports when a leader is asked after another one that may have carried out the request. */
function watchRepeats<T>(ask: LeadersRequest<T>['ask'], onRepeat: () => void): LeadersRequest<T>['ask'] {
  let mayBeDone = false;
  return (driver, timeoutMs, gone, from) => {
    if (mayBeDone) onRepeat();
    mayBeDone = true;
    return ask(driver, timeoutMs, gone, from).catch((error: unknown) => {
      if (error instanceof LogError && error.code === 'not-leader') mayBeDone = false;
      throw error;
    });
  };
}
