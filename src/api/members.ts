/** Members: the list, registration and removal; and the nodes that can be reached through another one. */

import type { Member, NodeAddress } from './health.ts';

/** `GET /secondaries` */
export interface MemberListing {
  readonly secondaries: readonly Member[];
}

/** The body of `POST /secondaries`. */
export interface RegistrationRequest {
  readonly url: string;
  readonly id?: string;
}

/** The answer to `POST /secondaries`. */
export interface Registered {
  readonly url: string;
  /** `null` until the node has been reached. */
  readonly id: string | null;
  readonly state: 'member' | 'joining' | 'unreached';
}

/** The answer to `DELETE /secondaries/:id`. */
export interface Removed {
  readonly id: string;
  readonly removed: true;
}

/** The same with `force=true`. */
export interface ClusterForced {
  readonly cluster: string;
  /** The node with whose log the new cluster begins. */
  readonly kept: string;
}

/** `GET /nodes`, and the first event of `GET /activities`. */
export interface NodeList {
  /** Name of the node that serves this list; `null` if the server is not a node. */
  readonly self: string | null;
  /** Nodes can be killed, cut off and so on here, as in `rlog dev`. */
  readonly hasLab: boolean;
  readonly nodes: readonly NodeAddress[];
}
