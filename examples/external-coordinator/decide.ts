/**
 * What an elector does next, from what it sees: no IO and no clock here. An elector stands beside one node. Whoever holds
 * the lease makes its own node lead; a lease that is lost takes nothing away from a node that leads.
 */

export interface NodeState {
  /** It leads, and appends are taken. */
  readonly leads: boolean;
  /** It could lead: it is a member of the cluster, and its disk has room and answers. */
  readonly canLead: boolean;
  /** It hears from another node that leads. */
  readonly hearsLeader: boolean;
}

export interface Seen {
  /** On a clock that only goes forward. */
  readonly nowMs: number;
  /** `undefined`: it did not answer. */
  readonly node: NodeState | undefined;
  /** `unknown`: the store did not answer, and it was not ours. */
  readonly lease: 'ours' | 'free' | 'of-another' | 'unknown';
}

/** `promote`: keep the lease, and ask the node to lead. */
export type Step = 'wait' | 'take' | 'keep' | 'promote' | 'give-back';

export interface Patience {
  /** How long the lease has to be free before the node beside this elector takes over from a leader that is well. */
  readonly behindLeaderMs: number;
  /**
   * How long the node may be silent or unable before its elector gives the lease back; and how long it has to be without a
   * leader before that counts.
   */
  readonly absentMs: number;
  /** How long it may take to lead. */
  readonly leadWithinMs: number;
  /** How long an elector leaves the lease to others that has given it back. */
  readonly restMs: number;
}

export class Decisions {
  readonly #patience: Patience;
  #freeSince: number | undefined;
  #leaderlessSince: number | undefined;
  #unableSince: number | undefined;
  #notLeadingSince: number | undefined;
  #hasLed = false;
  #restUntil = 0;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  next(seen: Seen): Step {
    return seen.lease === 'ours' ? this.#holding(seen) : this.#notHolding(seen);
  }

  #holding({ nowMs, node }: Seen): Step {
    const { absentMs, leadWithinMs } = this.#patience;
    this.#freeSince = undefined;
    if (node?.leads === true) {
      this.#hasLed = true;
      this.#unableSince = undefined;
      this.#notLeadingSince = undefined;
      return 'keep';
    }
    // Somebody made another node the leader, by `rlog promote`: its elector is to have the lease.
    if (this.#hasLed && node?.hearsLeader === true) return this.#giveBack(nowMs);
    this.#notLeadingSince ??= nowMs;
    const notLeadingMs = nowMs - this.#notLeadingSince;
    if (notLeadingMs >= leadWithinMs) return this.#giveBack(nowMs);
    if (node?.canLead === true) {
      this.#unableSince = undefined;
      // It may hear from its successor in a moment.
      return this.#hasLed && notLeadingMs < absentMs ? 'keep' : 'promote';
    }
    this.#unableSince ??= nowMs;
    return nowMs - this.#unableSince >= absentMs ? this.#giveBack(nowMs) : 'keep';
  }

  #notHolding({ nowMs, node, lease }: Seen): Step {
    const { behindLeaderMs, absentMs } = this.#patience;
    this.#hasLed = node?.leads === true;
    this.#unableSince = undefined;
    this.#notLeadingSince = undefined;
    this.#freeSince = lease === 'free' ? (this.#freeSince ?? nowMs) : undefined;
    this.#leaderlessSince = node?.canLead === true && !node.hearsLeader ? (this.#leaderlessSince ?? nowMs) : undefined;
    if (this.#freeSince === undefined) return 'wait';
    if (node?.leads === true) return 'take';
    if (node?.canLead !== true || nowMs < this.#restUntil) return 'wait';
    if (this.#leaderlessSince !== undefined) return nowMs - this.#leaderlessSince >= absentMs ? 'take' : 'wait';
    // The elector beside the leader goes first: it may just have been restarted, or the store was away.
    return nowMs - this.#freeSince >= behindLeaderMs ? 'take' : 'wait';
  }

  #giveBack(nowMs: number): Step {
    this.#restUntil = nowMs + this.#patience.restMs;
    return 'give-back';
  }
}
