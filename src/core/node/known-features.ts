/** What the nodes of the cluster can do, as each last announced in its hello to this process. */

import type { MemberList } from '../model/members.ts';
import type { Hello } from '../model/messages.ts';
import type { NodeId } from '../model/numbers.ts';

/** Far more than there are members. */
const nodesMax = 1000;

export class KnownFeatures {
  readonly #self: NodeId;
  readonly #heard = new Map<NodeId, readonly string[]>();

  constructor(self: NodeId) {
    this.#self = self;
  }

  /** A node said hello. */
  heard({ id, features }: Pick<Hello, 'id' | 'features'>): void {
    this.#heard.delete(id);
    this.#heard.set(id, features ?? []);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > nodesMax && oldest !== undefined) this.#heard.delete(oldest);
  }

  /** @returns `undefined` if the node has not been heard */
  has(id: NodeId, feature: string): boolean | undefined {
    return this.#heard.get(id)?.includes(feature);
  }

  /**
   * The members that are not known to have it, without this node.
   * @param wereAllHeard - an earlier leader had heard all members of this list, so one that is silent has it
   */
  without(feature: string, list: MemberList, wereAllHeard: boolean): NodeId[] {
    return list.members.map(({ id }) => id).filter((id) => id !== this.#self && !(this.has(id, feature) ?? wereAllHeard));
  }
}
