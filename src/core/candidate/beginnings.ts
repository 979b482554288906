/** With which member list an epoch begins: pure. When it may begin is decided in candidate.ts, by the rules of founding.ts. */

import { foundingList, rebuiltList } from '../members/founding.ts';
import type { Promiser } from '../members/founding.ts';
import type { Member, MemberList } from '../model/members.ts';
import type { NodeId } from '../model/numbers.ts';
import type { WonElection } from '../model/role-change.ts';

type Beginning = Omit<WonElection, 'epoch'>;

/** With the list that the log carries: a majority of it remembers. */
export const goingOn: Beginning = { firstList: undefined, isFoundedAlone: false };

/** A cluster begins with this node and those that it was told of. */
export function founded(parts: {
  readonly founder: NodeId;
  readonly secondaries: readonly string[];
  readonly promisers: readonly Promiser[];
}): Beginning {
  return { firstList: (since) => foundingList({ ...parts, since }), isFoundedAlone: parts.secondaries.length === 0 };
}

/** All names of the list are there, with storages that it does not know. */
export function rebuilt(list: MemberList, promisers: readonly Promiser[]): Beginning {
  return { firstList: (since) => rebuiltList(list, promisers, since), isFoundedAlone: false };
}

/** A new cluster of this node alone. */
export function forced(self: Pick<Member, 'id' | 'storageId' | 'url'>): Beginning {
  return { firstList: (since) => ({ members: [{ ...self, since }], removed: [], founder: self.id }), isFoundedAlone: false };
}
