/** The order in which members are listed: the leader first, then by name, comparing numbers in names as numbers. */

import type { Member } from '../api/health.ts';

const names = new Intl.Collator('en', { numeric: true });

export function inOrder(members: readonly Member[], leaderId: string | undefined): Member[] {
  return members.toSorted((a, b) => Number(b.id === leaderId) - Number(a.id === leaderId) || names.compare(a.id, b.id));
}
