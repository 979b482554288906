import type { Member } from '../../api/health.ts';
import type { MemberStatus } from '../../core/status.ts';

/** A member as it is shown: what is not known here is `null`. */
export function memberJson(member: MemberStatus): Member {
  return {
    id: member.id,
    url: member.url,
    state: member.state,
    health: member.health ?? null,
    durableEnd: member.durableEnd ?? null,
    lagEntries: member.lagEntries ?? null,
    lagMs: member.lagMs ?? null,
  };
}
