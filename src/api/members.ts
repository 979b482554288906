/** Members: who they are, how one comes in and how one is taken out; and the nodes that can be asked by way of another. */

import type { Member, NodeAddress } from './health.ts';

/** `GET /secondaries` */
export interface MemberListing {
  readonly secondaries: readonly Member[];
}

/** `POST /secondaries` takes it. */
export interface RegistrationRequest {
  readonly url: string;
  readonly id?: string;
}

/** `POST /secondaries` answers it. */
export interface Registered {
  readonly url: string;
  /** `null` until it was reached. */
  readonly id: string | null;
  readonly state: 'member' | 'joining' | 'unreached';
}

/** `DELETE /secondaries/:id` */
export interface Removed {
  readonly id: string;
  readonly removed: true;
}

/** The same with `force=true`. */
export interface ClusterForced {
  readonly cluster: string;
  /** The node whose log the new cluster begins with. */
  readonly kept: string;
}

/** `GET /nodes`, and the first event of `GET /activities`. */
export interface NodeList {
  /** The node that serves this list; `null` if it is no node. */
  readonly self: string | null;
  /** Whether nodes can be killed, cut off and so on here, as in `rlog dev`. */
  readonly hasLab: boolean;
  readonly nodes: readonly NodeAddress[];
}
