/** When this node last heard from the leader that it follows, and whether that leader is lost or has resigned. */

import type { LeaderContact } from '../election/deadline.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { LeaderSession } from './leader-session.ts';

export class ContactKeeper {
  readonly #context: NodeContext;
  #heardAt: InstantMs | undefined;
  /** When that leader's stream ended. */
  #lostAt: InstantMs | undefined;
  #hasResigned = false;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Whether it was heard a short time ago. */
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

  /** This node begins to follow a leader, the same one as before or another. */
  followed(): void {
    this.heard();
    this.#lostAt = undefined;
    this.#hasResigned = false;
  }

  lost(): void {
    this.#lostAt = this.#context.now;
  }

  /** The leader said that it no longer leads. */
  resigned(): void {
    this.lost();
    this.#hasResigned = true;
  }

  /** @param session - with the leader of the newest epoch that this node promised, if it follows one */
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
