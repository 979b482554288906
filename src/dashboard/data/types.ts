/** What the page makes of what nodes tell it. */

import type { Health, Member, NodeAddress } from '../../api/health.ts';

/**
 * `down`: it does not answer; `silent`: it takes connections and says nothing; `cut off`: it runs, and the leader cannot
 * reach it; `coming back`: it has only just been heard again, and the leader has not heard it yet.
 */
export type Absence = 'down' | 'silent' | 'cut off' | 'coming back';

/** A node as the page shows it. What was last heard of a node that is gone stays. */
export interface NodeView extends NodeAddress {
  /** Its place in the list and its colour: 0 is the first. */
  readonly index: number;
  /** As short as it can be told from the others; for where there is little room. */
  readonly name: string;
  /** When it was heard last, in ms since 1970. */
  readonly heardAt: number | undefined;
  readonly isReachable: boolean;
  /** Why not, in the words of the server. */
  readonly goneReason: string | undefined;
  /** How it is missing, if it is. */
  readonly absence: Absence | undefined;
  readonly health: Health | undefined;
  /** One past the last entry it holds, as far as the page can know: from itself, or from what the leader heard of it. */
  readonly heldEnd: number | undefined;
  /** What the present leader says of it; `undefined` if there is none, or it does not know the node. */
  readonly member: Member | undefined;
  /** Its storage is new and does not count yet, or its name is not in the list yet. */
  readonly isJoining: boolean;
}

export interface ClusterView {
  /** Of the page's own stream. */
  readonly connection: 'connecting' | 'open' | 'lost';
  /** When its server was heard last, in ms since 1970: while the connection is lost, all of this is as of then. */
  readonly heardAt: number | undefined;
  readonly self: string | undefined;
  readonly hasLab: boolean;
  readonly nodes: readonly NodeView[];
  /** The reachable node that leads the highest epoch. */
  readonly leader: NodeView | undefined;
}
