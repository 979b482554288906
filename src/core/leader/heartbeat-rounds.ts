/** The heartbeats of a leader, numbered, and which of them each node has answered. */

import type { Epoch, Offset } from '../model/numbers.ts';
import { reachedBy } from '../members/quorum.ts';
import { majorityOf } from '../model/members.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';
import type { FollowerProgress } from './follower-progress.ts';

export class HeartbeatRounds {
  readonly #context: NodeContext;
  readonly #epoch: Epoch;
  #sequence = 0;

  constructor(context: NodeContext, epoch: Epoch) {
    this.#context = context;
    this.#epoch = epoch;
  }

  /** The number of the newest one. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Sends the next one to all that follow. */
  send(progress: Iterable<readonly [Peer, FollowerProgress]>, committedEnd: Offset): void {
    const { forwards, out } = this.#context;
    this.#sequence += 1;
    for (const [{ hello }, { phase, stream }] of progress) {
      if (phase === 'leading') continue;
      const told = { remembersForwards: forwards.toldTo(hello), committedNumber: this.#context.committedNumberFor(hello) };
      out.send(stream, { kind: 'heartbeat', epoch: this.#epoch, sequence: this.#sequence, committedEnd, ...told });
    }
  }

  /**
   * The newest one that a majority answered.
   * @param members - for each, what it answered last: `self` for this node, `undefined` if it follows on no stream
   */
  confirmed(members: readonly (FollowerProgress | 'self' | undefined)[]): number {
    const answered = members.map((member) => (member === 'self' ? this.#sequence : (member?.answeredSequence ?? 0)));
    return reachedBy(majorityOf(answered.length), answered);
  }
}
