/**
 * Who asks, and whether it may: by the token that it sends, or, on a connection that proved the secret of the cluster, by what
 * the node on the other end says of the client for whom it asks. A node passes on the rights of that client, never its own.
 */

import { setImmediate } from 'node:timers/promises';
import { callerHeader } from '../../api/headers.ts';
import { LogError } from '../../api/problems.ts';
import { anyone, anyoneWithoutProof, callerWithSecret, isAnyone, mayDo, readCaller } from '../../trust/caller.ts';
import type { Caller, Scope } from '../../trust/caller.ts';
import type { Tokens } from '../../trust/tokens.ts';
import type { Asking } from './asking.ts';
import type { Need } from './scopes.ts';

export interface AccessParts {
  /** `undefined`: nobody needs one. */
  readonly tokens: Tokens | undefined;
  readonly hasSecret: boolean;
  /** Whether the other end of a connection proved that it has the secret. */
  readonly isProven: (socket: object) => boolean;
  /** Whether who shows nothing is served as if nothing had to be shown. */
  readonly acceptsInsecure: boolean;
  readonly areMetricsOpen: boolean;
}

/** An answer that goes on for as long as its token counts. */
interface Held {
  readonly asking: Asking;
  readonly scope: Scope;
  readonly end: (why: LogError) => void;
}

/** Answers that are ended in one turn. */
const endsPerTurn = 200;

export class Access {
  readonly #parts: AccessParts;
  /** Nothing is asked of anybody. */
  readonly #isOpen: boolean;
  /** What whoever shows nothing may do; `undefined`: nothing that is not open. */
  readonly #withoutToken: Caller | undefined;
  readonly #held = new Set<Held>();

  constructor(parts: AccessParts) {
    this.#parts = parts;
    const { tokens, hasSecret, acceptsInsecure } = parts;
    this.#isOpen = tokens === undefined && !hasSecret;
    if (this.#isOpen || acceptsInsecure) this.#withoutToken = anyone;
    else this.#withoutToken = tokens === undefined ? anyoneWithoutProof : undefined;
  }

  /** Whether nothing is asked of anybody. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws LogError: `unauthorized` if it shows nothing and has to, or what it shows is wrong */
  callerOf(asking: Asking): Caller {
    const caller = this.#isOpen ? anyone : this.#knownCaller(asking);
    if (caller === undefined) throw new LogError('unauthorized', 'this needs a token: send the header "Authorization: Bearer TOKEN"');
    return caller;
  }

  /**
   * @returns who asks; whoever it says it is, where nothing is needed
   * @throws LogError: `unauthorized`, `missing-scope`, or `proof-required` where only nodes and who has their secret may
   */
  check(asking: Asking, need: Exclude<Need, 'page'>): Caller {
    if (this.#isOpen) return anyone;
    if (need === 'open' || (need === 'status' && asking.authorization === undefined)) return anyone;
    if (need === 'metrics' && this.#parts.areMetricsOpen) return anyone;
    const caller = this.callerOf(asking);
    if (need === 'token' || need === 'status' || need === 'metrics' || mayDo(caller, need)) return caller;
    if (isAnyone(caller)) throw new LogError('proof-required', 'a change of the cluster needs proof of CLUSTER_SECRET');
    const { name, scopes } = caller;
    throw new LogError('missing-scope', `this needs a token with the scope "${need}", and ${name} has ${scopes.join(', ')}`, {
      needed: need,
      scopes,
    });
  }

  /** Whether it is told more than the status. */
  isKnown(asking: Asking): boolean {
    return this.#isOpen || this.#knownCaller(asking) !== undefined;
  }

  /** Whether there may be other nodes. @throws LogError */
  checkNodes(): void {
    const { tokens, hasSecret } = this.#parts;
    if (tokens === undefined || hasSecret) return;
    throw new LogError('proof-required', 'this node has tokens and no CLUSTER_SECRET: with other nodes it needs both');
  }

  /**
   * For an answer that goes on: ends it once its asker may not have it any more.
   * @param end - told why, at most once
   * @returns to be called when the answer is over
   */
  hold(asking: Asking, scope: Scope, end: (why: LogError) => void): () => void {
    if (this.#parts.tokens === undefined) return () => undefined;
    const held = { asking, scope, end };
    const why = this.#whyNot(held);
    // Its token may be gone since it was let in.
    if (why === undefined) this.#held.add(held);
    else end(why);
    return () => void this.#held.delete(held);
  }

  /** To be called when tokens are others than before. Resolves when who may not go on has been told so. */
  async tokensChanged(): Promise<void> {
    let ended = 0;
    for (const held of [...this.#held]) {
      const why = this.#whyNot(held);
      if (why === undefined || !this.#held.delete(held)) continue;
      held.end(why);
      ended += 1;
      if (ended % endsPerTurn === 0) await setImmediate();
    }
  }

  #whyNot({ asking, scope }: Held): LogError | undefined {
    try {
      this.check(asking, scope);
      return undefined;
    } catch (error) {
      if (error instanceof LogError) return error;
      throw error;
    }
  }

  /** @throws LogError if what it shows is wrong */
  #knownCaller(asking: Asking): Caller | undefined {
    const { socket, authorization, caller, forwardedBy } = asking;
    const { tokens, isProven } = this.#parts;
    if (isProven(socket)) {
      // What was passed on was not asked by the node that did so, even if that says nothing of who did.
      if (caller === undefined) return forwardedBy === undefined ? this.#callerWithSecret(asking) : this.#withoutToken;
      const read = readCaller(caller);
      if (read === undefined) throw new LogError('bad-request', `${callerHeader} does not say who asks`, { field: callerHeader });
      return isAnyone(read) ? this.#withoutToken : read;
    }
    if (tokens === undefined || authorization === undefined) return this.#withoutToken;
    const found = tokens.callerOf(authorization);
    if (found !== undefined) return found;
    // Something before this node may have asked for a name and a password, and passed them on.
    if (this.#withoutToken !== undefined && !/^bearer\b/i.test(authorization)) return this.#withoutToken;
    throw new LogError('unauthorized', 'the token in "Authorization" is none of this node');
  }

  /** Who shows a token as well is called by it. */
  #callerWithSecret({ authorization, node }: Asking): Caller {
    const ofSecret = callerWithSecret(node);
    const ofToken = authorization === undefined ? undefined : this.#parts.tokens?.callerOf(authorization);
    return ofToken === undefined ? ofSecret : { ...ofSecret, name: ofToken.name };
  }
}

/** Where nobody has to show anything. */
export const openAccess = new Access({
  tokens: undefined,
  hasSecret: false,
  isProven: () => false,
  acceptsInsecure: false,
  areMetricsOpen: false,
});
