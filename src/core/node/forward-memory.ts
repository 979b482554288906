/**
 * Which leader remembers the appends that are passed on to it, so that they may be sent again: this node, while it leads,
 * and another one as far as it says so.
 *
 * A leader gives identities a place in the log once every member told this process that it knows what they are: a node of
 * an older version would take them for idempotency keys, and forget others for them. Of a member that was never heard here,
 * the log may tell: if an append with an identity stands behind the list that has this member, the leader that wrote it had
 * heard them all.
 */

import type { LogOutline } from '../log/log-outline.ts';
import { remembersForwards } from '../model/features.ts';
import type { KnownLeader } from '../model/forward-identity.ts';
import type { Hello, LeaderHint } from '../model/messages.ts';
import type { Epoch, NodeId } from '../model/numbers.ts';

/** Far more than there are members. */
const wordsMax = 1000;

interface Self {
  readonly id: NodeId;
  readonly isOlder?: boolean;
}

type ForwardLog = Pick<LogOutline, 'list' | 'listNumber' | 'newestForwarded'>;

export class ForwardMemory {
  readonly #self: Self;
  readonly #outline: ForwardLog;
  /** By name, what each node said last. */
  readonly #words = new Map<NodeId, boolean>();
  /** What the last leader that was followed says of itself. */
  #told: { readonly epoch: Epoch; readonly remembers: boolean } | undefined;

  constructor(self: Self, outline: ForwardLog) {
    this.#self = self;
    this.#outline = outline;
  }

  /** A node said who it is. */
  heard({ id, features }: Pick<Hello, 'id' | 'features'>): void {
    this.#words.delete(id);
    this.#words.set(id, features?.includes(remembersForwards) === true);
    const [oldest] = this.#words.keys();
    if (this.#words.size > wordsMax && oldest !== undefined) this.#words.delete(oldest);
  }

  /** The leader of this epoch says whether it remembers. */
  told(epoch: Epoch, remembers: boolean | undefined): void {
    if (remembers !== undefined) this.#told = { epoch, remembers };
    else if (this.#told?.epoch !== epoch) this.#told = undefined;
  }

  /** Whether this node, if it leads, gives identities a place. */
  get isOn(): boolean {
    const { list, listNumber, newestForwarded } = this.#outline;
    if (list === undefined || this.#self.isOlder === true) return false;
    const wereAllHeard = newestForwarded > listNumber;
    return list.members.every(({ id }) => id === this.#self.id || (this.#words.get(id) ?? wereAllHeard));
  }

  /** What a peer is told: nothing, if its version does not know what that is. */
  toldTo(hello: Hello | undefined): boolean | undefined {
    return hello?.features?.includes(remembersForwards) === true ? this.isOn : undefined;
  }

  /** Of the one that is known to lead, this node or another. */
  of(leader: LeaderHint | undefined): KnownLeader | undefined {
    if (leader === undefined) return undefined;
    const { id, url, epoch } = leader;
    const isRemembered = id === this.#self.id ? this.isOn : this.#told?.epoch === epoch && this.#told.remembers;
    return { id, url, epoch, remembersForwards: isRemembered };
  }
}
