/** The refusals that this node sends to leaders and candidates, and those that it gets from them. */

import { isWithinReach } from '../model/foreign-epoch.ts';
import type { Hello, LeaderHint, OpenerMessage, RefusalReason } from '../model/messages.ts';
import type { StreamId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

export class Refusals {
  readonly #context: NodeContext;
  #refusedBy: string | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  send(stream: StreamId, { reason, leader }: { readonly reason: RefusalReason; readonly leader: LeaderHint | undefined }): void {
    const { promises, out, clusterId } = this.#context;
    out.send(stream, { kind: 'refuse', epoch: promises.promisedEpoch, reason, leader: leader ?? null, clusterId });
  }

  /** Whether a node asks for the promise of an epoch, or leads one, that is too far above the one that this node promised. */
  isOutOfReach({ kind, epoch }: OpenerMessage, peer: Hello | undefined): boolean {
    const { promisedEpoch } = this.#context.promises;
    if ((kind !== 'requestPromise' && kind !== 'lead') || isWithinReach(epoch, promisedEpoch)) return false;
    this.#context.out.emit('warn', 'epoch.out-of-reach', { by: peer?.id, epoch, promised: promisedEpoch });
    return true;
  }

  /** Logged once: this node keeps registering, and is refused each time. */
  received(peer: Hello, reason: RefusalReason): void {
    const what = `${peer.id} ${reason}`;
    if (this.#refusedBy === what) return;
    this.#refusedBy = what;
    this.#context.out.emit('error', 'membership.refused', { by: peer.id, reason, id: this.#context.options.id });
  }

  /** A leader has accepted this node. */
  followed(): void {
    this.#refusedBy = undefined;
  }
}
