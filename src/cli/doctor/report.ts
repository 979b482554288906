/** What the nodes of a cluster said when all of them were asked. */

import type { Health, Member } from '../../api/health.ts';

export interface NodeReport extends Pick<Member, 'id' | 'url'> {
  /** `undefined` if it did not answer. An older version leaves out what it does not know. */
  readonly health: Partial<Health> | undefined;
  /** Why it did not answer. */
  readonly silence: string | undefined;
  /** The node that answers at its address; `undefined` if it is itself, or nobody. */
  readonly instead: string | undefined;
  /** How far its clock is ahead of that of this machine, within a second or so; `undefined` if it is not known. */
  readonly clockAheadMs: number | undefined;
}

/** That one node cannot reach another at its address, or finds another node there. */
export interface BadPath {
  readonly from: string;
  readonly to: string;
  readonly url: string;
  /** What is wrong, in the words of the node that tried; or the name of the node that answers there. */
  readonly found: { readonly problem: string } | { readonly node: string };
}

/** An address that the operator named. */
export interface NamedAddress {
  readonly url: string;
  /** `undefined` if nobody answers there. */
  readonly cluster: string | null | undefined;
  readonly silence: string | undefined;
}

export interface ClusterReport {
  /** As the leader sees the cluster; or else the node that was asked. */
  readonly health: Partial<Health> & Pick<Health, 'node' | 'cluster' | 'status' | 'leader' | 'members' | 'waitingFor'>;
  /** The members, and the nodes that are joining. */
  readonly nodes: readonly NodeReport[];
  readonly badPaths: readonly BadPath[];
  readonly named: readonly NamedAddress[];
  /** When they were asked, in milliseconds since 1970. */
  readonly now: number;
}
