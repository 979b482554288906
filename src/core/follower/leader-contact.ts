/** When this node heard from the leader that it follows, and whether that one is still to be reckoned with. */

import type { LeaderContact } from '../election/deadline.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { LeaderSession } from './leader-session.ts';

export class ContactKeeper {
  readonly #context: NodeContext;
  #heardAt: InstantMs | undefined;
  /** When the stream of that leader ended. */
  #lostAt: InstantMs | undefined;
  #hasResigned = false;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Whether it said something a short time ago. */
  get isRecent(): boolean {
    const { now, options } = this.#context;
    return this.#heardAt !== undefined && now - this.#heardAt < options.health.unhealthyAfterMs;
  }

  get isLost(): boolean {
    return this.#lostAt !== undefined;
  }

  heard(): void {
    this.#heardAt = this.#context.now;
  }

  /** A leader came, this one or another. */
  followed(): void {
    this.heard();
    this.#lostAt = undefined;
    this.#hasResigned = false;
  }

  lost(): void {
    this.#lostAt = this.#context.now;
  }

  /** It said that it leads no more. */
  resigned(): void {
    this.lost();
    this.#hasResigned = true;
  }

  /** @param session - with the leader of the epoch that this node promised last, if it follows one */
  of(session: LeaderSession | undefined): LeaderContact {
    const isOver = session === undefined;
    return {
      leader: session?.leader.id,
      heardAt: this.#heardAt,
      lostAt: isOver ? undefined : this.#lostAt,
      hasResigned: this.#hasResigned && !isOver,
    };
  }
}
