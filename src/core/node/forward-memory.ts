/**
 * Whether the leader remembers the appends that are forwarded to it, so that they may be sent again. This node knows it of
 * itself, and of another leader by what that one says.
 *
 * A leader writes identities to the log only after every member has announced to this process that it knows them: a node of an
 * older version would take them for idempotency keys, and forget real keys to make room for them. For a member that this
 * process has never heard, the log may tell: if an identity was written after the list with this member, the leader that wrote
 * it had heard all of them.
 */

import type { KnownFeatures } from './known-features.ts';
import type { LogOutline } from '../log/log-outline.ts';
import { remembersForwards, takesForwardsTogether } from '../model/features.ts';
import type { KnownLeader } from '../model/forward-identity.ts';
import type { Hello, LeaderHint } from '../model/messages.ts';
import type { Epoch, NodeId } from '../model/numbers.ts';

interface Self {
  readonly id: NodeId;
  readonly isOlder?: boolean;
}

type ForwardLog = Pick<LogOutline, 'list' | 'listNumber' | 'newestForwarded'>;

export class ForwardMemory {
  readonly #self: Self;
  readonly #outline: ForwardLog;
  readonly #features: KnownFeatures;
  /** What the leader that was followed last says about itself. */
  #told: { readonly epoch: Epoch; readonly remembers: boolean } | undefined;

  constructor(self: Self, outline: ForwardLog, features: KnownFeatures) {
    this.#self = self;
    this.#outline = outline;
    this.#features = features;
  }

  /** The leader of this epoch says whether it remembers. */
  told(epoch: Epoch, remembers: boolean | undefined): void {
    if (remembers !== undefined) this.#told = { epoch, remembers };
    else if (this.#told?.epoch !== epoch) this.#told = undefined;
  }

  /** Whether this node writes identities to the log when it leads. */
  get isOn(): boolean {
    const { list, listNumber, newestForwarded } = this.#outline;
    if (list === undefined || this.#self.isOlder === true) return false;
    return this.#features.without(remembersForwards, list, newestForwarded > listNumber).length === 0;
  }

  /** What a peer is told about this node; `undefined` if its version does not know identities. */
  toldTo(hello: Hello | undefined): boolean | undefined {
    return hello?.features?.includes(remembersForwards) === true ? this.isOn : undefined;
  }

  /** Adds to the known leader, this node or another, whether it remembers, and what it takes. */
  of(leader: LeaderHint | undefined): KnownLeader | undefined {
    if (leader === undefined) return undefined;
    const { id, url, epoch } = leader;
    const isRemembered = id === this.#self.id ? this.isOn : this.#told?.epoch === epoch && this.#told.remembers;
    return {
      id,
      url,
      epoch,
      remembersForwards: isRemembered,
      takesForwardsTogether: this.#features.has(id, takesForwardsTogether) === true,
    };
  }
}
