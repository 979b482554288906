import type { Health, NotElectable } from '../../api/health.ts';
import { list } from '../../api/wording.ts';
import { timeText } from './amounts.ts';

/** Why a node could not become the leader. */
export function whyNot(reason: NotElectable, { election, diskStalled }: Partial<Health>): string {
  const unreachable = election?.unreachable ?? [];
  const sentences: Readonly<Record<NotElectable, string>> = {
    'not-a-member': 'it is not a member yet',
    'no-room': 'its disk has no room',
    'disk-stalled': `its disk has not finished a ${diskStalled?.what ?? 'write'} for ${timeText(diskStalled?.ms ?? 0)}`,
    'unreachable-members': unreachable.length === 0 ? 'it reaches too few members' : `it cannot reach ${list(unreachable)}`,
  };
  return sentences[reason];
}
