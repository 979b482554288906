/** Which member list an epoch begins with: pure. When it may begin is decided in candidate.ts, by the rules of founding.ts. */

import { foundingList, rebuiltList } from '../members/founding.ts';
import type { Promiser } from '../members/founding.ts';
import type { Member, MemberList } from '../model/members.ts';
import type { NodeId } from '../model/numbers.ts';
import type { WonElection } from '../model/role-change.ts';

type Beginning = Omit<WonElection, 'epoch'>;

/** With the list in the log: a majority of it still has the log. */
export const goingOn: Beginning = { firstList: undefined, isFoundedAlone: false };

/** A new cluster of this node and the secondaries that it was configured with. */
export function founded(parts: {
  readonly founder: NodeId;
  readonly secondaries: readonly string[];
  readonly promisers: readonly Promiser[];
}): Beginning {
  return { firstList: (since) => foundingList({ ...parts, since }), isFoundedAlone: parts.secondaries.length === 0 };
}

/** All nodes of the list answer, but too few still have the storages that it names. */
export function rebuilt(list: MemberList, promisers: readonly Promiser[]): Beginning {
  return { firstList: (since) => rebuiltList(list, promisers, since), isFoundedAlone: false };
}

/** A new cluster of this node alone. */
export function forced(self: Pick<Member, 'id' | 'storageId' | 'url'>): Beginning {
  return { firstList: (since) => ({ members: [{ ...self, since }], removed: [], founder: self.id }), isFoundedAlone: false };
}
