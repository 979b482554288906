/** Counts why a node became the leader, as its log events show: what it knew when it began to campaign. */

/**
 * `poll`: no node led, and the others supported it; `hand-over`: the leader handed over; `forced`: an operator decided,
 * without asking the leader; `named`: a coordinator or an operator named it, or it is the only node.
 */
const reasons = ['poll', 'hand-over', 'forced', 'named'] as const;
type Reason = (typeof reasons)[number];

export class LeaderChanges {
  /** How often this node became the leader, by reason. */
  readonly counts = new Map<Reason, number>(reasons.map((reason) => [reason, 0]));
  #isFollowing = false;
  #hasPolled = false;
  #isForced = false;
  /** Reason of the present candidacy. */
  #reason: Reason | undefined;

  logged(event: string): void {
    switch (event) {
      case 'leader.followed':
        this.#begin({ isFollowing: true });
        break;
      case 'leader.lost':
      case 'leader.resigned':
        this.#isFollowing = false;
        break;
      case 'poll.started':
        this.#begin({ isFollowing: false });
        this.#hasPolled = true;
        break;
      case 'leadership.forced':
        this.#isForced = true;
        break;
      case 'campaign.started':
        this.#reason ??= this.#isForced ? 'forced' : this.#hasPolled ? 'poll' : this.#isFollowing ? 'hand-over' : 'named';
        break;
      case 'epoch.began': {
        const reason = this.#reason ?? 'named';
        this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
        this.#begin({ isFollowing: false });
        break;
      }
      default:
    }
  }

  #begin({ isFollowing }: { readonly isFollowing: boolean }): void {
    this.#isFollowing = isFollowing;
    this.#hasPolled = false;
    this.#isForced = false;
    this.#reason = undefined;
  }
}
